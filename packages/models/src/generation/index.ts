export { generate, streamTokens } from './generate.js';
export {
  type LogitsFunction,
  type ModelWithParameters,
  type PredictorOptions,
  predictor,
  type Sequences,
  type TokenLists,
  type TokenPredictor,
} from './predictor.js';
export { type Continuation, type ContinuationScore, type ScoreOptions, scoreContinuations } from './scores.js';
export type { Generated, GenerateOptions, SamplingOptions } from './settings.js';
export { sumOfLogits, type WeightedPredictor } from './sum-of-logits.js';
