import { adam, adamW, dense, Learner, momentum, type Optimizer, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds } from '../../../testing/toy.js';
import { type Nested, plain, taken, tidied } from '../../../testing/watched.js';
import { cnn, mlp } from '../../models/src/index.js';
import { type BatchEnsembleOptions, batchEnsemble } from '../src/index.js';

strategyContract({
  create: (options) => batchEnsemble({ ...options }),
  changesFirstTask: true,
  badOptions: [{ deviation: -1 }, { deviation: '0' }],
  goodOptions: [{ deviation: 0.5 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task', tasks: 3 });
const learn = { epochs: 2, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];
const learnerOf = (optimizer: Optimizer = momentum(0.05), options: BatchEnsembleOptions = {}) =>
  new Learner({
    model: mlp({ inputs: 6, hidden: [8, 5], outputs: 6 }),
    optimizer,
    scenario: 'task',
    strategy: batchEnsemble(options),
    seed: 3,
  });

describe('members', () => {
  it.each(OPTIMIZERS)('answer for their tasks with the same bits whatever comes after, under $name', async (optimizer) => {
    const learner = learnerOf(optimizer);
    const x = tf.randomNormal([16, 6], 0, 1, 'float32', 1);
    const first: Nested[] = [];
    for (const [t, task] of stream.tasks.entries()) {
      await learner.learn(task, learn);
      const now = stream.tasks.slice(0, t + 1).map((each) => taken({ y: learner.predict(x, { task: each }) }).y!);
      expect(now.slice(0, t)).toEqual(first);
      first.push(now[t]!);
    }
    x.dispose();
    learner.dispose();
  });

  it('share kernels that learn with the first task only; of a later one, everything of its own learns', async () => {
    const learner = learnerOf();
    const seen: Record<string, Nested>[] = [taken(learner.parameters())];
    for (const task of stream.tasks.slice(0, 2)) {
      await learner.learn(task, learn);
      seen.push(taken(learner.parameters()));
    }
    const [begin, first, second] = seen as [Record<string, Nested>, Record<string, Nested>, Record<string, Nested>];
    for (const name of Object.keys(begin)) {
      expect(first[name], name).not.toEqual(begin[name]);
      expect(second[name], name).toEqual(first[name]);
    }
    const fresh = Object.keys(second).filter((name) => !(name in begin));
    const layers = ['dense0', 'dense1'].flatMap((layer) => [`${layer}/kernel/r`, `${layer}/kernel/s`, `${layer}/bias`]);
    expect(fresh.sort()).toEqual([...layers, 'head/kernel', 'head/bias'].map((name) => `member1/${name}`).sort());
    for (const name of fresh.filter((each) => /\/[rs]$/.test(each)))
      expect(
        (second[name] as number[]).some((value) => value !== 0),
        name,
      ).toBe(true);
    learner.dispose();
  });

  it('cost inputs + outputs numbers a kernel, its biases and a classifier', async () => {
    const learner = learnerOf();
    const count = () => Object.values(learner.model.parameters).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    await learner.learn(stream.tasks[0]!, learn);
    const one = count();
    await learner.learn(stream.tasks[1]!, learn);
    expect(count() - one).toBe(6 + 8 + 8 + 5 + (8 + 5) + (5 * 6 + 6));
    learner.dispose();
  });
});

describe('vectors', () => {
  it('of ones are the ordinary network', () => {
    const model = mlp({ inputs: 6, hidden: [8, 5], outputs: 6 });
    const learner = learnerOf();
    const x = tf.randomNormal([4, 6], 0, 1, 'float32', 1);
    const [seen, plainly] = tidied(() => [
      plain(learner.predict(x, { task: stream.tasks[0]! })),
      plain(model.apply(learner.parameters(), x).outputs),
    ]) as [number[][], number[][]];
    // Of the task's two classes; the others do not compete.
    expect(seen.map((row) => row.slice(0, 2))).toEqual(plainly.map((row) => row.slice(0, 2)));
    x.dispose();
    learner.dispose();
  });

  it('multiply inputs and outputs: W ∘ r sᵀ is ((x ∘ r) W) ∘ s', () => {
    const off = tidied(() => {
      const [w, r, s, x] = [tf.randomNormal([5, 3]), tf.randomNormal([5]), tf.randomNormal([3]), tf.randomNormal([7, 5])];
      const seen = batchEnsemble().effective!({ task: { index: 0 } } as never, { w, 'member0/w/r': r, 'member0/w/s': s }, { order: [0] })
        .w as tf.Tensor2D;
      const fast = tf.mul(dense(tf.mul(x, tf.add(r, 1)), w as tf.Tensor2D), tf.add(s, 1));
      return tf.max(tf.abs(tf.sub(dense(x, seen), fast))).dataSync()[0]!;
    });
    expect(off).toBeLessThan(1e-5);
  });

  it('go over the channels of a convolution', () => {
    const { parameters } = batchEnsemble().wrap!(cnn({ inputs: [6, 6, 2], filters: [3, 4], hidden: 5, outputs: 4 }), []);
    expect([parameters['member0/conv1/kernel/r']!.shape, parameters['member0/conv1/kernel/s']!.shape]).toEqual([[3], [4]]);
  });

  it('begin around 1 where a deviation is given', () => {
    const learner = learnerOf(sgd(0.1), { deviation: 0.5 });
    const values = Object.entries(taken(learner.parameters()))
      .filter(([name]) => /\/[rs]$/.test(name))
      .flatMap(([, each]) => each as number[]);
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(deviation).toBeGreaterThan(0.3);
    expect(deviation).toBeLessThan(0.7);
    learner.dispose();
  });
});

it('refuses a model without kernels to share', () => {
  const model = mlp({ inputs: 6, hidden: [], outputs: 8 });
  expect(() => new Learner({ model, optimizer: sgd(0.1), scenario: 'task', strategy: batchEnsemble() })).toThrow(
    "'batch-ensemble' shares the trunk's kernels",
  );
});
