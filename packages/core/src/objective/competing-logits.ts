import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../strategy/context.js';

/** Far below any logit: its softmax is exactly 0 and so is its gradient. */
const OUT = 1e9;

/**
 * Logits with those of outputs that do not compete pushed out of the softmax.
 *
 * @param outputs Logits, [batch, outputs], or [batch, sequence, outputs] where each token has its own.
 */
export function competingLogits<T extends Tensor>(outputs: T, { competing }: Pick<Batch, 'competing'>): T {
  if (competing === null) return outputs;
  const out = tf.mul(tf.sub(competing, 1), OUT);
  return tf.add(outputs, outputs.rank === 2 ? out : alongAxes(out, outputs.rank)) as T;
}

/** [batch, outputs] → [batch, 1, …, outputs] */
const alongAxes = (values: Tensor, rank: number): Tensor =>
  tf.reshape(values, [values.shape[0]!, ...Array<number>(rank - 2).fill(1), values.shape[1]!]);
