export { random, randomFor, seedOf } from './generator.js';
export { draw, initialParameters } from './initial.js';
export type { Random } from './random.js';
