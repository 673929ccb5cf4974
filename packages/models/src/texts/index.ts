export { type PackedOptions, packed, type TextTokens } from './packed.js';
export { type TextDomain, type TextStreamOptions, textStream } from './text-stream.js';
export { type TextPair, type TextToTextOptions, textToText } from './text-to-text.js';
export { type WordPiecesOptions, wordPieces } from './word-pieces.js';
