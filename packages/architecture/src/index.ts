export { type BatchEnsembleOptions, batchEnsemble } from './batch-ensemble.js';
export { type PacknetOptions, packnet } from './packnet.js';
export { type ProgressiveOptions, progressive } from './progressive.js';
