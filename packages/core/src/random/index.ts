export { random, seedOf } from './generator.js';
export { draw, initialParameters } from './initial.js';
export { normalFromSeed, philox, uniformFromSeed, wordsFromSeed, type Seed } from './philox.js';
export type { Random } from './random.js';
