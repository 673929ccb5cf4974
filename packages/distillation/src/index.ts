export { type DistillationOptions, distillation } from '@cl/core';
export { type AddNerOptions, addNer } from './add-ner.js';
export { type EntityHead, type Precedence, resolvedTags } from './conflict-resolver.js';
export type { EntityDistillationOptions } from './entity-distillation.js';
export { type ExtendNerOptions, extendNer } from './extend-ner.js';
export { followers } from './iob2.js';
export { type LflOptions, lfl } from './lfl.js';
export { type LwfOptions, lwf } from './lwf.js';
export { type ViterbiOptions, viterbi } from './viterbi.js';
