import * as tf from '@tensorflow/tfjs-core';
import { defineStrategy } from '../strategy/strategy.js';

/**
 * A strategy that fills every hook it may fill beside another strategy, and changes nothing: it passes on what it gets, adds no term to
 * the loss, and counts for itself. What is composed with it must behave as if it were alone.
 *
 * @param name Default 'neutral'; give another to compose it with a second one.
 */
export function neutral<const Name extends string = 'neutral'>(name: Name = 'neutral' as Name) {
  return defineStrategy({
    name,
    stages: [
      { name: 'begin', share: 0.5 },
      { name: 'end', share: 0.5 },
    ],
    wants: ['outputs'],
    init: () => ({ steps: tf.scalar(0), rows: tf.scalar(0), stages: 0, tasks: 0 }),
    wrap: (model) => model,

    beforeTask: (_ctx, state) => ({ ...state, tasks: state.tasks + 1 }),
    restart: (_ctx, parameters) => parameters,
    heldOut: () => [],
    joins: () => [],
    beforeStage: (_ctx, state) => ({ ...state, stages: state.stages + 1 }),
    scan: { start: () => tf.scalar(0), add: (_ctx, sum, { weight }) => tf.add(sum, tf.sum(weight)) as tf.Scalar },
    afterTask: (_ctx, state, rows) => ({ ...state, rows: tf.add(state.rows, rows) as tf.Scalar }),

    // It draws, so that a strategy whose draws depend on others' shows.
    feed: (ctx) => ({ noise: tf.scalar(ctx.random.uniform()) }),
    observe: () => {},

    effective: (_ctx, parameters) => parameters,
    at: (_ctx, _site, value) => value,
    trains: () => true,
    batch(ctx, batch) {
      ctx.uniform([2]);
      ctx.forward(batch.x);
      return batch;
    },
    loss: () => null,
    gradients: (_ctx, gradients) => gradients,
    updates: (_ctx, updates) => updates,
    track: (_ctx, _result, state) => ({ ...state, steps: tf.add(state.steps, 1) as tf.Scalar }),
  });
}
