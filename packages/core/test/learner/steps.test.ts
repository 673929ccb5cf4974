import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyStrategy,
  adam,
  adamW,
  column,
  dataset,
  defineStrategy,
  type HostContext,
  map,
  momentum,
  named,
  reservoir,
  type Seen,
  sgd,
  type TaskData,
} from '../../src/index.js';
import { batchReader, mixtureOf } from '../../src/learner/batches.js';
import { tinyMlp } from '../../src/testing/index.js';
import { expectClose, HOW, numbers, onCpu, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

/** Row numbers as inputs: which rows a step was trained on. */
const numbered = (rows: number, ordered = false): TaskData => {
  const data = dataset(
    column(
      Float32Array.from({ length: rows * 4 }, (_, i) => Math.floor(i / 4)),
      [4],
    ),
    column(new Int32Array(rows), []),
  );
  return { index: 0, name: 'numbered', classes: [0, 1], train: data, test: data, ordered };
};
const reader = (task: TaskData, batchSize: number) => {
  const read = batchReader(task, mixtureOf(task.train, []), { batchSize, seed: 1, reuse: false });
  return (step: number) => read(step).rows;
};
const rowsIn = (x: unknown): number[] => [...(x as { values: Float32Array }).values].filter((_, i) => i % 4 === 0);

describe('the rows of the steps', () => {
  it('are each row once an epoch, in a new order each time', () => {
    const read = reader(numbered(10), 4);
    const epochs = [0, 1].map((epoch) => [0, 1, 2].map((batch) => rowsIn(read(3 * epoch + batch).x)));
    expect(epochs.map((epoch) => epoch.map((rows) => rows.length))).toEqual([
      [4, 4, 2],
      [4, 4, 2],
    ]);
    for (const epoch of epochs) expect(epoch.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('do not depend on the steps before', () => {
    const [straight, jumping] = [reader(numbered(10), 4), reader(numbered(10), 4)];
    const all = Array.from({ length: 9 }, (_, i) => rowsIn(straight(i).x));
    for (const i of [7, 2, 8, 0, 3]) expect(rowsIn(jumping(i).x)).toEqual(all[i]);
  });

  it('come as they are where the task says so', () => {
    const read = reader(numbered(5, true), 2);
    expect([0, 1, 2, 3].map((i) => rowsIn(read(i).x))).toEqual([[0, 1], [2, 3], [4], [0, 1]]);
  });

  it('are seen by observe, without padding and with the outputs before the step', async () => {
    const seen: { seen: Seen; step: number }[] = [];
    const watcher = defineStrategy({
      name: 'watcher',
      wants: ['outputs'],
      init: () => ({}),
      observe: (ctx, what) => void seen.push({ seen: what, step: ctx.step }),
    });
    const outputs: number[][] = [];
    await withLearner({ strategy: watcher, optimizer: sgd(0) }, async (learner) => {
      await learner.learn(numbered(5), { epochs: 1, batchSize: 3 });
      for (const { seen: what } of seen) {
        const x = what.rows.x as { values: Float32Array };
        outputs.push(
          tf.tidy(() => numbers(learner.model.apply(learner.parameters(), tf.tensor2d(x.values, [what.rows.count, 4])).outputs)),
        );
      }
    });
    expect(seen.map(({ seen: { rows } }) => rows.count)).toEqual([3, 2]);
    // Steps taken, the one that is seen included.
    expect(seen.map(({ step }) => step)).toEqual([1, 2]);
    seen.forEach(({ seen: { outputs: got } }, i) => {
      expect(got!.shape).toEqual([4]);
      expect([...got!.values]).toEqual(outputs[i]);
    });
  });

  it('are as many as there are in a task that is smaller than a batch', async () => {
    const sizes: number[] = [];
    const watcher = defineStrategy({
      name: 'watcher',
      init: () => ({}),
      batch: (_ctx, batch) => {
        sizes.push(batch.weight.size);
        return batch;
      },
      observe: (ctx) => expect(ctx.batchSize).toBe(32),
    });
    await withLearner({ strategy: watcher }, async (learner) => {
      await learner.learn(numbered(3), { epochs: 2 });
      expect(learner.progress.step).toBe(2);
    });
    expect(sizes).toEqual([3, 3]);
  });
});

describe('a step', () => {
  /** What plain training must come to, by hand on the same rows. */
  async function byHand(rate: number): Promise<Record<string, number[]>> {
    const model = tinyMlp();
    const read = reader(first, 8);
    return withLearner({}, (learner) =>
      tf.tidy(() => {
        let parameters = learner.parameters();
        for (let i = 0; i < 6; i++) {
          const rows = read(i);
          const x = tf.tensor2d((rows.x as { values: Float32Array }).values, [rows.count, 4]);
          const loss = (p: tf.NamedTensorMap) => {
            const logits = model.apply(p, x).outputs;
            // Two of four outputs compete.
            const log = tf.logSoftmax(tf.slice(logits, [0, 0], [rows.count, 2]));
            return tf.neg(tf.mean(tf.sum(tf.mul(log, tf.oneHot(rows.y.values as Int32Array, 2)), 1))) as tf.Scalar;
          };
          const names = Object.keys(parameters);
          const gradients = tf.grads((...list: tf.Tensor[]) => loss(Object.fromEntries(names.map((name, k) => [name, list[k]!]))))(
            Object.values(parameters),
          );
          parameters = Object.fromEntries(names.map((name, k) => [name, tf.sub(parameters[name]!, tf.mul(rate, gradients[k]!))]));
        }
        return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, numbers(tensor)]));
      }),
    );
  }

  it('is what the formula says, the last batch of an epoch included, which is smaller', async () => {
    const expected = await byHand(0.1);
    await withLearner({ optimizer: sgd(0.1) }, async (learner) => {
      await learner.learn(first, HOW);
      expectClose(valuesOf(learner), expected, 5);
    });
  });

  it('is the same, bit for bit, where a strategy looks at the updates without changing them', async () => {
    const looks = { name: 'looks', init: () => ({}), updates: (_ctx: unknown, updates: tf.NamedTensorMap) => updates } as AnyStrategy;
    for (const optimizer of [sgd(0.1), momentum(0.1), momentum({ learningRate: 0.1, nesterov: true }), adam(0.01)]) {
      const plain = await withLearner({ optimizer }, async (learner) => {
        await learner.learn(first, HOW);
        return valuesOf(learner);
      });
      await withLearner({ optimizer, strategy: looks }, async (learner) => {
        await learner.learn(first, HOW);
        expect(valuesOf(learner), optimizer.name).toEqual(plain);
      });
    }
  });

  it('agrees up to rounding where weight decay is decoupled', async () => {
    const looks = { name: 'looks', init: () => ({}), updates: (_ctx: unknown, updates: tf.NamedTensorMap) => updates } as AnyStrategy;
    const optimizer = adamW({ learningRate: 0.01, weightDecay: 0.1 });
    const plain = await withLearner({ optimizer }, async (learner) => {
      await learner.learn(first, HOW);
      return valuesOf(learner);
    });
    await withLearner({ optimizer, strategy: looks }, async (learner) => {
      await learner.learn(first, HOW);
      expectClose(valuesOf(learner), plain, 5);
    });
  });

  it('leaves parameters without an update as they are', async () => {
    const only = {
      name: 'only',
      init: () => ({}),
      updates: (_ctx: unknown, updates: tf.NamedTensorMap) => ({ 'head/bias': named(updates, 'head/bias') }),
    } as AnyStrategy;
    await withLearner({ strategy: only }, async (learner) => {
      const before = valuesOf(learner);
      await learner.learn(first, HOW);
      const after = valuesOf(learner);
      expect(after['head/bias']).not.toEqual(before['head/bias']);
      expect({ ...after, 'head/bias': before['head/bias'] }).toEqual(before);
    });
  });

  it('follows the schedule over all tasks, and restarts the optimizer where slots are reset', async () => {
    const steps: number[] = [];
    const optimizer = sgd((step: number) => {
      steps.push(step);
      return 0.1;
    });
    await withLearner({ optimizer, slots: 'reset' }, async (learner) => {
      for (const task of tasks) await learner.learn(task, { iterations: 2, batchSize: 8 });
      expect(steps).toEqual([0, 1, 2, 3]);
      expect(learner.progress).toMatchObject({ step: 4, slotStep: 2 });
    });
    await withLearner({ slots: 'keep' }, async (learner) => {
      for (const task of tasks) await learner.learn(task, { iterations: 2, batchSize: 8 });
      expect(learner.progress).toMatchObject({ step: 4, slotStep: 4 });
    });
  });

  it('with slots reset, the second task is trained as the first of a new learner from there would be', async () => {
    const how = { optimizer: adam(0.01), scenario: 'domain' } as const;
    const parameters = await withLearner(how, async (learner) => {
      await learner.learn(first, HOW);
      return learner.parameters();
    });
    const fromThere = await withLearner({ ...how, parameters }, async (learner) => {
      await learner.learn(second, HOW);
      return valuesOf(learner);
    });
    tf.dispose(parameters);
    for (const slots of ['reset', 'keep'] as const) {
      await withLearner({ ...how, slots }, async (learner) => {
        for (const task of tasks) await learner.learn(task, HOW);
        if (slots === 'reset') expect(valuesOf(learner)).toEqual(fromThere);
        else expect(valuesOf(learner)).not.toEqual(fromThere);
      });
    }
  });

  it('replaces the optimizer where a strategy does, whose slots then stay as they are', async () => {
    const own = defineStrategy({
      name: 'own',
      claims: ['optimizer'],
      init: () => ({}),
      optimize: (_ctx, gradients) => map((gradient) => tf.mul(-0.1, gradient), gradients),
    });
    const plain = await withLearner({ optimizer: sgd(0.1) }, async (learner) => {
      await learner.learn(first, HOW);
      return valuesOf(learner);
    });
    await withLearner({ optimizer: adam(123), strategy: own }, async (learner) => {
      await learner.learn(first, HOW);
      expectClose(valuesOf(learner), plain, 6);
    });
  });
});

describe('a feed', () => {
  it('belongs to the step, which disposes it; what state keeps of it is kept', async () => {
    const keeper = defineStrategy({
      name: 'keeper',
      init: () => ({ last: tf.zeros([8, 4]), memory: reservoir({ capacity: 8 }) }),
      feed: (ctx: HostContext, { memory }) => {
        const rows = memory.draw(ctx.random, 8);
        return rows && ctx.batch(rows, 8);
      },
      track: (_ctx, _result, state, fed) => ({ ...state, last: fed ? (fed.x as tf.Tensor2D) : state.last }),
      observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
      loss: (_ctx, _forward, { last }) => tf.mul(0, tf.sum(last)) as tf.Scalar,
    });
    await withLearner({ strategy: keeper }, async (learner) => {
      const counts: number[] = [];
      await learner.learn(first, { ...HOW, onStep: () => void counts.push(tf.memory().numTensors) });
      expect(new Set(counts.slice(1)).size).toBe(1);
      await learner.learn(second, HOW);
    });
  });
});
