export { type AgemOptions, agem } from './agem.js';
export { type GemOptions, gem } from './gem.js';
