import { nthLargest } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * `f(x)`, of the same shape, with the gradient of the identity: how what lies behind a step function is trained (Bengio, Léonard &
 * Courville, 2013, arXiv 1308.3432). `f` need not be differentiable.
 */
export function straightThrough(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const step = tf.customGrad((...args) => ({ value: f(args[0] as Tensor), gradFunc: (dy: Tensor) => tf.clone(dy) }));
  return step(x);
}

/** `x`, through which no gradient flows. */
export function held(x: Tensor): Tensor {
  const stop = tf.customGrad((...args) => ({ value: tf.clone(args[0] as Tensor), gradFunc: (dy: Tensor) => tf.zerosLike(dy) }));
  return stop(x);
}

/** 1 where a value is above the threshold, else 0. */
export const above = (x: Tensor, threshold: number): Tensor => tf.cast(tf.greater(x, threshold), 'float32');

/** 1 for the largest values, ⌊(1 − share) n⌋ of the n others 0; what equals the smallest that is kept is kept too. */
export function largest(x: Tensor, share: number): Tensor {
  const count = x.size - Math.floor((1 - share) * x.size);
  return tf.cast(tf.greaterEqual(x, nthLargest(x, count)), 'float32');
}
