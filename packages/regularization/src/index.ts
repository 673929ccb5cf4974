export { type DasOptions, das } from './das.js';
export { type EwcOptions, ewc } from './ewc.js';
export { type EwcKfacOptions, ewcKfac } from './ewc-kfac.js';
export type { Fisher } from './fisher.js';
export { type L2Options, l2 } from './l2.js';
export { type MasOptions, mas } from './mas.js';
export { type RwalkOptions, rwalk } from './rwalk.js';
export { type SiOptions, si } from './si.js';
export { type SpgOptions, spg } from './spg.js';
