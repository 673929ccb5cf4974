export { classification, crossEntropyOfRows } from './classification.js';
export { competingLogits } from './competing-logits.js';
export { type DistillationOptions, distillation, distillationOfRows, type OutputColumns } from './distillation.js';
export { languageModel } from './language-model.js';
export { type MaskedLanguageModelOptions, maskedLanguageModel } from './masked-language-model.js';
export { type Mean, meanLoss, type Objective, weightedMean } from './objective.js';
export { regression } from './regression.js';
export { tokenClassification } from './token-classification.js';
export { NO_TARGET } from './tokens.js';
