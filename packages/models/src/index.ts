export { type CnnOptions, cnn } from './cnn.js';
export type { Initializer } from './dense-layer.js';
export { type MlpOptions, mlp } from './mlp.js';
export { elbo, type Vae, type VaeOptions, vae } from './vae.js';
