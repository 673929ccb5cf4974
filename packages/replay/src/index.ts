export { type DerOptions, type DerppOptions, der, derpp } from './der.js';
export { type ErAceOptions, erAce } from './er-ace.js';
export { type ReplayOptions, replay } from './replay.js';
