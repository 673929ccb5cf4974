import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../strategy/context.js';
import { graphContext, type World } from '../strategy/graph-context.js';
import { map } from '../tree.js';
import type { StepGradients } from './step-gradients.js';

/**
 * What the micro-batches of a step add up to, each times what it has to say: its rows, or its tokens with a target. Divided by the sum of
 * those, they are what the batch as a whole would give, up to rounding.
 */
export type Sums = {
  readonly weight: Scalar;
  /** Of the whole loss, and of the objective's alone. */
  readonly loss: Scalar;
  readonly objective: Scalar;
  readonly gradients: NamedTensorMap;
  /** Of the objective alone, where some strategy tracks steps. */
  readonly task: NamedTensorMap | null;
};

/** What a step goes on with after its micro-batches, as if there had been one batch. */
export function settled(world: World, batch: Batch, { weight, loss, objective, gradients, task }: Sums): StepGradients {
  const share = tf.div(1, tf.maximum(weight, 1e-12));
  const mean = (sums: NamedTensorMap) => map((sum) => tf.mul(sum, share), sums);
  return {
    loss: tf.mul(loss, share),
    gradients: mean(gradients),
    forward: {
      batch,
      // Whoever wants them pays for a pass over the whole batch.
      get outputs() {
        return graphContext(world).apply(batch.x, world.parameters).outputs;
      },
      loss: tf.mul(objective, share),
    },
    buffers: world.buffers,
    taskGradients: () => mean(task ?? gradients),
  };
}
