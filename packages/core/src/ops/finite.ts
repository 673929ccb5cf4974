import type { GradConfig, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { hasWithGradient, run } from './kernel.js';

/**
 * `x` itself, if it is a finite number. Otherwise it throws `CL_NOT_FINITE`, so that a step whose loss is NaN or infinite changes
 * nothing: in a compiled step the check is part of the graph, before any assignment.
 */
export function checkFinite(x: Scalar, message: string): Scalar {
  if (hasWithGradient('cl/CheckFinite', passOn)) return run('cl/CheckFinite', { x }, { message });
  const value = x.dataSync()[0]!;
  if (!Number.isFinite(value)) throw notFinite(message, value);
  return tf.clone(x);
}

/** The error of `checkFinite`, for kernels. */
export function notFinite(message: string, value: number | string, options?: ErrorOptions): ContinualLearningError {
  return new ContinualLearningError('CL_NOT_FINITE', `${message} It is ${value}.`, options);
}

const passOn: Omit<GradConfig, 'kernelName'> = { gradFunc: (dy) => ({ x: () => tf.clone(dy as Tensor) }) };
