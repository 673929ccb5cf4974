export { type DistillationOptions, distillation } from '@cl/core';
export { type LflOptions, lfl } from './lfl.js';
export { type LwfOptions, lwf } from './lwf.js';
