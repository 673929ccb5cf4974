import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import type { Objective } from './objective.js';

/** Values to be met: squared error, the mean over outputs; reports `negativeSquaredError`. Targets: [batch, outputs]. */
export function regression(): Objective {
  const losses = (outputs: tf.Tensor, y: tf.Tensor) => tf.mean(tf.squaredDifference(outputs, y), -1);
  return {
    name: 'regression',
    terms: (outputs, batch) => ({ losses: losses(outputs, batch.y), weights: batch.weight }),
    measure: (outputs, batch) => ({
      negativeSquaredError: {
        sum: tf.neg(tf.sum(tf.mul(losses(outputs, batch.y), batch.weight))) as tf.Scalar,
        weight: tf.sum(batch.weight),
      },
    }),
    check(y, outputs, shape) {
      if (shape.at(-1) !== outputs) {
        const message = `regression(): targets must be values, float32 [${outputs}] a row, received [${shape}].`;
        throw new ContinualLearningError('CL_SHAPE', message);
      }
      const wrong = y.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0)
        throw new ContinualLearningError('CL_LABEL', `regression(): targets must be finite numbers; element ${wrong} is ${y[wrong]}.`);
    },
  };
}
