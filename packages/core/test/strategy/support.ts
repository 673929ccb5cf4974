import * as tf from '@tensorflow/tfjs-core';
import { type AnyStrategy, classification, compose, initialParameters, type Model } from '../../src/index.js';
import { graphContext } from '../../src/strategy/graph-context.js';

/** What the hooks of a strategy are evaluated with, outside of a learner: in the first task, before any training. */
export function contextOf(
  model: Model,
  strategy: AnyStrategy = compose() as unknown as AnyStrategy,
  parameters = initialParameters(model, 1),
) {
  const { ctx } = graphContext({
    model,
    head: new Set(['head/kernel', 'head/bias']),
    objective: classification(),
    scenario: 'class',
    competing: 'seen',
    seed: 1,
    strategy: compose(...([strategy] as never[])) as never,
    task: { index: 0, name: 'task', classes: [0, 1, 2, 3] },
    past: [],
    batchSize: 1,
    stages: {},
    parameters,
    buffers: {},
    state: { [strategy.name]: {} },
    occasion: 'test',
    step: tf.scalar(0),
    training: false,
    calls: new Map(),
  });
  return ctx;
}
