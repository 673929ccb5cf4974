export { random, seedOf } from './generator.js';
export { draw, initialParameters } from './initial.js';
export { normalFromSeed, philox, type Seed, uniformFromSeed, wordsFromSeed } from './philox.js';
export type { Random } from './random.js';
