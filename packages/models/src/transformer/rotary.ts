import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Cosines and sines of the angles of each position, [batch or 1, 1, sequence, size / 2] each. */
export interface Rotation {
  readonly cosines: Tensor;
  readonly sines: Tensor;
}

/** Angles position · base^(−2i / size) of positions [batch or 1, sequence], as in Su et al. (2021), arXiv 2104.09864. */
export function rotation(positions: Tensor, size: number, base: number): Rotation {
  const frequencies = Array.from({ length: size / 2 }, (_, i) => base ** ((-2 * i) / size));
  const [batch, length] = positions.shape as [number, number];
  const angles = tf.mul(tf.reshape(tf.cast(positions, 'float32'), [batch, 1, length, 1]), tf.tensor1d(frequencies));
  return { cosines: tf.cos(angles), sines: tf.sin(angles) };
}

/** Turns each pair of channels (i, i + size / 2) of heads [batch, heads, sequence, size] by its position's angle: Llama's pairing. */
export function rotated(heads: Tensor, { cosines, sines }: Rotation): Tensor {
  const [first, second] = tf.split(heads, 2, 3) as [Tensor, Tensor];
  return tf.concat([tf.sub(tf.mul(first, cosines), tf.mul(second, sines)), tf.add(tf.mul(second, cosines), tf.mul(first, sines))], 3);
}
