export { type CnnOptions, cnn } from './cnn.js';
export type { Initializer } from './dense-layer.js';
export { type MlpOptions, mlp } from './mlp.js';
export {
  type EncodedTexts,
  type EncodeOptions,
  type LoadOptions,
  loadPretrained,
  type Pretrained,
  type PretrainedFiles,
  type PretrainedSource,
  pretrainedFiles,
  savePretrained,
  type Tokenizer,
  type TokenizerOptions,
  tokenizerOf,
} from './pretrained/index.js';
export { type ByteLevelBpe, type ByteLevelBpeOptions, trainByteLevelBpe } from './tokenizer/index.js';
export {
  type Activation,
  type Architecture,
  type Body,
  type ClassifierOptions,
  classifier,
  type Decoder,
  type DecoderOptions,
  decoder,
  type Encoder,
  type EncoderOptions,
  encoder,
  type Head,
  type HeadPart,
  type LanguageOptions,
  language,
  type Pooling,
  type SentencesOptions,
  type StoredHead,
  sentences,
  type TokenInputs,
  type TokensOptions,
  type Transformer,
  tokens,
} from './transformer/index.js';
export { elbo, type Vae, type VaeOptions, vae } from './vae.js';
