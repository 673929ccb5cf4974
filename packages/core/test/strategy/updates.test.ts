import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { useCpu } from '../../../../testing/places.js';
import { clouds, learned } from '../../../../testing/toy.js';
import { plain } from '../../../../testing/watched.js';
import { compose, defineStrategy, map, sgd } from '../../src/index.js';

beforeAll(useCpu);

it('updates() gets the gradients that the update was made of: those that the `gradients` hooks have left', async () => {
  const pairs: { update: unknown; expected: unknown }[] = [];
  const doubling = defineStrategy({
    name: 'doubling',
    init: () => ({}),
    gradients: (_ctx, gradients) => map((g) => tf.mul(2, g), gradients),
    // What a strategy before it made of the update is not seen in them.
    updates: (_ctx, updates) => map((update) => tf.mul(-1, update), updates),
  });
  const watching = defineStrategy({
    name: 'watching',
    init: () => ({}),
    updates(_ctx, updates, _state, _feed, gradients: NamedTensorMap) {
      pairs.push({ update: plain(updates), expected: plain(map((g) => tf.mul(0.5, g), gradients)) });
      return updates;
    },
  });
  const stream = clouds({ scenario: 'task', tasks: 1 });
  const learner = await learned({
    stream,
    optimizer: sgd(0.5),
    strategy: compose(doubling, watching),
    learn: { iterations: 2, batchSize: 8 },
  });
  learner.dispose();
  expect(pairs).toHaveLength(2);
  for (const { update, expected } of pairs) expect(update).toEqual(expected);
});
