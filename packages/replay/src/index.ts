export { type DerOptions, type DerppOptions, der, derpp } from './der.js';
export { type ReplayOptions, replay } from './replay.js';
