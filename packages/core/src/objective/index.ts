export { classification, competingLogits, crossEntropyOfRows } from './classification.js';
export { type DistillationOptions, distillation, distillationOfRows, type OutputColumns } from './distillation.js';
export { type Mean, meanLoss, type Objective, weightedMean } from './objective.js';
export { regression } from './regression.js';
export { tokenClassification } from './token-classification.js';
export { NO_TARGET } from './tokens.js';
