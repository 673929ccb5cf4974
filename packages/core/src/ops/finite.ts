import type { GradConfig, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { hasWithGradient, run } from './kernel.js';

/**
 * `x` itself, if it is a finite number. Otherwise it throws `CL_NOT_FINITE`, so that a step whose loss is NaN or infinite changes
 * nothing: in a compiled step the check is part of the graph, before any assignment.
 *
 * @param name What the number is, for the message: 'the loss'.
 */
export function checkFinite(x: Scalar, name: string): Scalar {
  if (hasWithGradient('cl/CheckFinite', passOn)) return run('cl/CheckFinite', { x }, { name });
  const value = x.dataSync()[0]!;
  if (!Number.isFinite(value)) throw new ContinualLearningError('CL_NOT_FINITE', `${name} is not a finite number: ${value}.`);
  return tf.clone(x);
}

const passOn: Omit<GradConfig, 'kernelName'> = { gradFunc: (dy) => ({ x: () => tf.clone(dy as Tensor) }) };
