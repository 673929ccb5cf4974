export { type ByteLevelBpe, type ByteLevelBpeOptions, trainByteLevelBpe } from './byte-level-bpe.js';
