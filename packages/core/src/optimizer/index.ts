export { type AdamOptions, adam, adamW } from './adam.js';
export type { ParameterGroup } from './groups.js';
export type { At, Optimizer, Schedule, Slots } from './optimizer.js';
export {
  type CosineOptions,
  constant,
  cosine,
  type LinearOptions,
  linear,
  rateAt,
  type StepwiseOptions,
  stepwise,
  type WarmupOptions,
  warmup,
} from './schedule.js';
export { type InfiniteOptions, infinite, type RestartingOptions, restarting } from './schedule-restarting.js';
export { type MomentumOptions, momentum, type SgdOptions, sgd } from './sgd.js';
export { growSlots } from './slots.js';
