import { type AnyStrategy, Learner, type Model, type Optimizer, type Stream } from '@cl/core';
import { tinyStream } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { clouds } from '../../../testing/toy.js';
import { type Nested, taken } from '../../../testing/watched.js';
import { cnn, mlp } from '../../models/src/index.js';

const dense: Stream = clouds({ scenario: 'task', tasks: 4 });
const images: Stream = tinyStream({ scenario: 'task', inputs: [6, 6, 1], tasks: 3 });

/** Throws where the outputs of an earlier task are not, bit for bit, what they were when it was learned: dense and convolutional. */
export async function expectNothingForgotten(create: () => AnyStrategy, optimizer: Optimizer, slots: 'keep' | 'reset' = 'keep') {
  await check(dense, mlp({ inputs: 6, hidden: [8, 6], outputs: 8 }), create(), optimizer, slots);
  await check(images, cnn({ inputs: [6, 6, 1], filters: [3, 4], hidden: 6, outputs: images.outputs }), create(), optimizer, slots);
}

async function check(stream: Stream, model: Model, strategy: AnyStrategy, optimizer: Optimizer, slots: 'keep' | 'reset'): Promise<void> {
  const learner = new Learner({ model, optimizer, scenario: 'task', strategy, seed: 3, slots });
  const x = tf.randomNormal([12, ...(model.inputs as number[])], 0, 1, 'float32', 1);
  const logits: Nested[] = [];
  for (const [t, task] of stream.tasks.entries()) {
    await learner.learn(task, { epochs: 3, batchSize: 8 });
    const now = stream.tasks.slice(0, t + 1).map((old) => taken({ all: learner.predict(x, { task: old }) }).all!);
    expect(now.slice(0, t)).toEqual(logits);
    logits.push(now[t]!);
  }
  // Each task has outputs of its own that it has learned.
  expect(new Set(logits.map((values) => JSON.stringify(values))).size).toBe(stream.tasks.length);
  x.dispose();
  learner.dispose();
}
