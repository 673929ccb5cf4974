export { type DistillationOptions, distillation } from '@cl/core';
export { type LwfOptions, lwf } from './lwf.js';
