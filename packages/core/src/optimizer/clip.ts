import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { map, total } from '../tree.js';

/**
 * Gradients times min(1, longest / (‖g‖ + 10⁻⁶)), with the norm of all of them as one vector (Pascanu, Mikolov & Bengio, "On the difficulty
 * of training recurrent neural networks", ICML 2013, algorithm 1), in the form of PyTorch's `clip_grad_norm_`.
 */
export function clipped(gradients: NamedTensorMap, longest: number): NamedTensorMap {
  const norm = tf.sqrt(total(Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)))));
  const factor = tf.minimum(1, tf.div(longest, tf.add(norm, 1e-6)));
  return map((gradient) => tf.mul(gradient, factor), gradients);
}
