import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { sparseCrossEntropy } from '../ops/index.js';
import type { Batch } from '../strategy/context.js';
import type { Objective } from './objective.js';

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

/** Cross-entropy of each row over the outputs that compete for it, [batch]. */
export function crossEntropyOfRows(outputs: Tensor, batch: Batch): Tensor1D {
  return sparseCrossEntropy(competingLogits(outputs as Tensor2D, batch), batch.y as Tensor1D);
}

/** One of several classes: softmax cross-entropy over the competing outputs; reports `accuracy`. Targets: class numbers, [batch]. */
export function classification(): Objective {
  return {
    name: 'classification',
    terms: (outputs, batch) => ({ losses: crossEntropyOfRows(outputs, batch), weights: batch.weight }),
    measure(outputs, batch) {
      const right = tf.cast(tf.equal(tf.argMax(competingLogits(outputs, batch), 1), batch.y), 'float32');
      return { accuracy: { sum: tf.sum(tf.mul(right, batch.weight)), weight: tf.sum(batch.weight) } };
    },
    check(y, outputs) {
      const wrong = y.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < outputs));
      if (wrong >= 0) {
        throw new ContinualLearningError(
          'CL_LABEL',
          `classification(): labels must be whole numbers from 0 to ${outputs - 1}, the outputs of the model; row ${wrong} has ${y[wrong]}. Relabel the data, or give the model more outputs.`,
        );
      }
    },
  };
}
