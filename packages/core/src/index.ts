export { type CheckpointStore, type Files, memoryStore, parameterHash } from './checkpoint/index.js';
export { type Compiler, eager, type Entry, type Program, transition } from './compiler/index.js';
export {
  type Block,
  type Column,
  type Columns,
  column,
  type Dataset,
  mapped,
  type Rows,
  read,
  readRows,
  sizeOf,
  subset,
  type Values,
} from './data.js';
export { ContinualLearningError, type ErrorCode } from './errors.js';
export { type EvaluateOptions, type Evaluation, Learner, type LearnerOptions, type LearnOptions, type Progress, type StepProgress } from './learner/index.js';
export {
  classBalanced,
  drawBatch,
  MEMORY_OPTIONS,
  type Memory,
  type MemoryOptions,
  memoryFactory,
  reservoir,
  ring,
} from './memory/index.js';
export { type ApplyOptions, type AtSite, fromLayers, type KernelUse, type Model, type Output, type ParameterSpec, type Site } from './model/index.js';
export { classification, competingLogits, crossEntropyOfRows, type Mean, meanLoss, type Objective, regression, weightedMean } from './objective/index.js';
export {
  batchNormTrain,
  biasAdd,
  checkFinite,
  conv2d,
  crossEntropy,
  dense,
  dropout,
  foldSeed,
  gather,
  matMul,
  maxPool,
  normal,
  relu,
  sparseCrossEntropy,
  uniform,
} from './ops/index.js';
export { type AdamOptions, type At, adam, adamW, constant, cosine, momentum, type Optimizer, type Schedule, type Slots, sgd, stepwise, warmup } from './optimizer/index.js';
export { checkBoolean, checkFunction, checkInteger, checkKnown, checkList, checkNumber, checkOneOf } from './options.js';
export { initialParameters, type Random, random, seedOf } from './random/index.js';
export { indicator } from './scenario/competing.js';
export {
  blurry,
  type Competing,
  competingIn,
  cumulative,
  custom,
  evaluationTasks,
  joint,
  permuted,
  rotated,
  type Scenario,
  type Stream,
  split,
  type Task,
  type TaskData,
  taskFree,
} from './scenario/index.js';
export {
  type AnyStrategy,
  type Batch,
  type Claim,
  type Composition,
  compose,
  concatBatches,
  defineStrategy,
  type Forward,
  type GraphContext,
  type HostContext,
  type LossFunction,
  type ModelInfo,
  type Requirement,
  type RowLossFunction,
  type Scan,
  type Seen,
  type Stage,
  type StepResult,
  type Strategy,
  type Tree,
  valueAndGradients,
} from './strategy/index.js';
export { dot, type Json, leaves, map, mapTree, named, pick, type TensorTree, total, zip } from './tree.js';
