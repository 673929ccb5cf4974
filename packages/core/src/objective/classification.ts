import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { sparseCrossEntropy } from '../ops/index.js';
import type { Batch } from '../strategy/context.js';
import { competingLogits } from './competing-logits.js';
import { meanOfRows, type Objective } from './objective.js';
import { crossEntropyOfTokens } from './tokens.js';

/**
 * Cross-entropy of each row over the outputs that compete for it, [batch]; where each token of a row has a label, the mean over those that
 * do.
 */
export function crossEntropyOfRows(outputs: Tensor, batch: Batch): Tensor1D {
  if (batch.y.rank > 1) return meanOfRows(crossEntropyOfTokens(outputs, batch.y, batch));
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
    check(y, outputs, shape) {
      const wrong = y.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < outputs));
      if (wrong >= 0) {
        throw new ContinualLearningError(
          'CL_LABEL',
          `classification(): labels must be whole numbers from 0 to ${outputs - 1}, the outputs of the model; row ${wrong} has ${y[wrong]}. Relabel the data, or give the model more outputs.`,
        );
      }
      if (shape.length > 0 || !(y instanceof Int32Array)) {
        throw new ContinualLearningError(
          'CL_SHAPE',
          `classification(): targets must be class numbers, int32 [], received ${y instanceof Int32Array ? 'int32' : 'float32'} [${shape}].`,
        );
      }
    },
  };
}
