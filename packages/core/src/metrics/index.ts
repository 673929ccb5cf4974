export {
  accuracyAfterEach,
  averageAccuracy,
  averageAnytimeAccuracy,
  averageIncrementalAccuracy,
  learningAccuracy,
  learningCurveArea,
  minimumAccuracy,
  worstCaseAccuracy,
} from './accuracy.js';
export {
  avalancheForgetting,
  avalancheForwardTransfer,
  gemBackwardTransfer,
  gemForwardTransfer,
  mammothForgetting,
  spgAccuracyAfterEach,
  spgBackwardTransferAfterEach,
} from './as-coded.js';
export {
  backwardInterference,
  type EntityScore,
  type EntityScoreOptions,
  type EntityScores,
  entityScores,
  forgettingOfTypes,
  type PerType,
  retention,
  type TypeHistory,
} from './entities.js';
export type { AccuracyMatrix, Measured, Measurement } from './matrix.js';
export {
  answerF1,
  type Bleu,
  bleu,
  chrf,
  exactMatch,
  normalizedAnswer,
  type References,
  type Rouge,
  rouge,
  rougeL,
  sari,
  sentenceBleu,
} from './text/index.js';
export {
  backwardTransfer,
  type ForgettingOptions,
  forgetting,
  forgettingAfterEach,
  forgettingPerTask,
  forgettingRatio,
  forwardTransfer,
  intransigence,
} from './transfer.js';
