import type { GradConfig, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasWithGradient, runMany } from './kernel.js';

export interface BatchNorm {
  readonly y: Tensor;
  /** Of the batch, for running statistics: constants for the gradient. The variance is the unbiased one, as in PyTorch. */
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/** Normalises each channel (last axis) of `x` by the batch's own mean and (biased) variance, then scales and shifts it. */
export function batchNormTrain(x: Tensor, scale: Tensor1D, offset: Tensor1D, epsilon: number): BatchNorm {
  if (!hasWithGradient('cl/BatchNorm', batchNormGradient)) return plainBatchNorm(x, scale, offset, epsilon);
  const channels = x.shape.at(-1)!;
  const image = x.rank === 4 ? x : tf.reshape(x, [-1, 1, 1, channels]);
  const [y, mean, variance] = runMany('cl/BatchNorm', { x: image, scale, offset }, { epsilon });
  return { y: x.rank === 4 ? y! : tf.reshape(y!, x.shape), mean: mean as Tensor1D, variance: variance as Tensor1D };
}

const batchNormGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x', 'scale'],
  // y, mean, variance, and three that only the gradient understands.
  outputsToSave: [false, false, false, true, true, true],
  gradFunc: (dys, [x, scale, r1, r2, r3], attributes) => {
    const dy = (dys as Tensor[])[0]!;
    // Here and not in the functions below: each of those runs in a tidy of its own, and all three share this one op.
    const gradients = runMany('cl/BatchNormGrad', { dy, x: x!, scale: scale!, r1: r1!, r2: r2!, r3: r3! }, attributes);
    return { x: () => gradients[0]!, scale: () => gradients[1]!, offset: () => gradients[2]! };
  },
};

function plainBatchNorm(x: Tensor, scale: Tensor1D, offset: Tensor1D, epsilon: number): BatchNorm {
  const axes = x.shape.map((_, axis) => axis).slice(0, -1);
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), scale), offset);
  const count = x.size / x.shape.at(-1)!;
  return { y, mean: mean as Tensor1D, variance: tf.mul(variance, count / Math.max(count - 1, 1)) };
}
