export { concatBatches } from './batch.js';
export { type Composition, compose } from './compose.js';
export type { AnyStrategy, Check, Flat } from './conflicts.js';
export type {
  Batch,
  BoundaryContext,
  Forward,
  ForwardOptions,
  GraphContext,
  HostContext,
  KroneckerFactors,
  LossFunction,
  ModelInfo,
  RowLossFunction,
  Seen,
  StepResult,
} from './context.js';
export { valueAndGradients } from './gradients.js';
export { type Labels, labelled } from './labelled.js';
export { type Claim, defineStrategy, type Requirement, type Scan, type Stage, type Strategy, type Tree } from './strategy.js';
