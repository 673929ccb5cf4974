export { type AdamOptions, adamScales, applyAdam, applyMomentum, applySgd, type FusedRule } from './apply.js';
export { conv2d, maxPool, type Padding } from './convolution.js';
export { checkFinite } from './finite.js';
export { gather } from './gather.js';
export type { KernelName } from './kernel.js';
export { biasAdd, dense, type MatMulOptions, matMul, relu } from './linear.js';
export { crossEntropy, sparseCrossEntropy } from './loss.js';
export { type BatchNorm, batchNormTrain } from './normalization.js';
export { dropout, foldSeed, normal, uniform } from './random.js';
