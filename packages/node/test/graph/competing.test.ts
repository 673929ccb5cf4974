import { concatBatches, defineStrategy, Learner, momentum, reservoir } from '@cl/core';
import { tinyMlp, tinyStream } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { graph } from '../../src/graph/index.js';
import { native } from './support.js';

beforeAll(native);

/** Old rows beside new ones. */
const replay = () =>
  defineStrategy({
    name: 'replay',
    init: () => ({ memory: reservoir({ capacity: 10 }) }),
    feed: (ctx, { memory }) => {
      const rows = memory.draw(ctx.random, 4);
      return rows && ctx.batch(rows, 4);
    },
    batch: (_ctx, batch, _state, fed) => (fed ? concatBatches(batch, fed) : batch),
    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });

async function learned(competing: 'seen' | 'all', compiled: boolean) {
  const { tasks } = tinyStream({ scenario: 'class', tasks: 3 });
  const learner = new Learner({
    ...{ model: tinyMlp(), optimizer: momentum(0.05), scenario: 'class', competing, strategy: replay(), seed: 2 },
    ...(compiled && { compiler: graph({ strict: true }) }),
  });
  const numbers: number[] = [];
  for (const [i, task] of tasks.entries()) {
    // Outputs of the third task are there from the second on, and compete from then on if all do.
    if (i === 1) learner.grow(2);
    await learner.learn(task, { epochs: 2, batchSize: 8 });
    for (const each of tasks.slice(0, i + 1)) {
      const { loss, accuracy } = await learner.evaluate(each, { batchSize: 5 });
      numbers.push(loss!, accuracy!);
    }
  }
  const parameters = learner.parameters();
  numbers.push(...Object.values(parameters).flatMap((tensor) => [...tensor.dataSync()]));
  tf.dispose(parameters);
  learner.dispose();
  return numbers;
}

const far = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe("scenario 'class'", () => {
  it('is learned alike compiled and eagerly, whichever outputs compete, and while they become more', async () => {
    const [seen, all] = [await learned('seen', false), await learned('all', false)];
    expect(far(await learned('seen', true), seen)).toBeLessThan(1e-5);
    expect(far(await learned('all', true), all)).toBeLessThan(1e-5);
    expect(far(all, seen)).toBeGreaterThan(0.01);
  });
});
