export { type DecoderOptions, decoder } from './decoder.js';
export { type EncoderOptions, encoder } from './encoder.js';
export { type EncoderDecoderOptions, encoderDecoder } from './encoder-decoder.js';
export type { Activation } from './feed-forward.js';
export {
  type Body,
  type ClassifierOptions,
  classifier,
  type Head,
  type HeadPart,
  type LanguageOptions,
  language,
  type Pooling,
  type SentencesOptions,
  type StoredHead,
  sentences,
  type TokensOptions,
  tokens,
} from './heads.js';
export type { Appended, Incremental, TokenMemory } from './incremental.js';
export type { Architecture, Decoder, Encoder, TokenInputs, Transformer } from './types.js';
