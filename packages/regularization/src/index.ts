export { type EwcOptions, ewc } from './ewc.js';
export type { Fisher } from './fisher.js';
export { type SpgOptions, spg } from './spg.js';
