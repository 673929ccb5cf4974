export { type DistillationOptions, distillation } from './knowledge-distillation.js';
export { type LwfOptions, lwf } from './lwf.js';
