export { type BicOptions, bic } from './bic.js';
export { type DerOptions, type DerppOptions, der, derpp } from './der.js';
export { type ErAceOptions, erAce } from './er-ace.js';
export { type GdumbOptions, gdumb } from './gdumb.js';
export { type GenerativeOptions, type Generator, generative } from './generative.js';
export { type LatentOptions, latent } from './latent.js';
export { type ReplayOptions, replay } from './replay.js';
