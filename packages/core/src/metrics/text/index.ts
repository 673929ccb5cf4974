export { answerF1, exactMatch, normalizedAnswer } from './answers.js';
export { type Bleu, bleu, sentenceBleu } from './bleu.js';
export { chrf } from './chrf.js';
export type { References } from './pairs.js';
export { type Rouge, rouge, rougeL } from './rouge.js';
export { sari } from './sari.js';
