export { type ContractOptions, strategyContract } from './contract.js';
export { neutral } from './neutral.js';
export { type ContractSetup, contractSetup, type Platform } from './setup.js';
export type { ModelSize } from './subject.js';
export { type TinyCnnOptions, type TinyMlpOptions, tinyCnn, tinyMlp } from './tiny-models.js';
export { type TinyStreamOptions, tinyStream } from './tiny-stream.js';
export { type TinyTaggerOptions, type TinyTokensOptions, tinyTagger, tinyTokens } from './tiny-tagger.js';
