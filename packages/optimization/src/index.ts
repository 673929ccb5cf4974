export { type AgemOptions, agem } from './agem.js';
export { type GemOptions, gem } from './gem.js';
export { type GpmOptions, gpm } from './gpm.js';
export { type NclOptions, ncl } from './ncl.js';
export { type OgdOptions, ogd } from './ogd.js';
export { type OwmOptions, owm } from './owm.js';
