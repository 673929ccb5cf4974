export type { PretrainedFiles, PretrainedSource } from './files.js';
export { type LoadOptions, loadPretrained, type Pretrained } from './load.js';
export { pretrainedFiles, savePretrained } from './save.js';
export { type EncodedTexts, type EncodeOptions, type Tokenizer, type TokenizerOptions, tokenizerOf } from './tokenizer.js';
