import { adam, adamW, column, dataset, Learner, momentum, type Optimizer, type Scenario, sgd, type TaskData } from '@cl/core';
import { strategyContract, tinyCnn, tinyStream } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned } from '../../../testing/toy.js';
import { countNumbers, type Nested, taken, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type SupsupOptions, supsup } from '../src/index.js';
import { supermask } from '../src/supsup.js';
import { smallest } from '../src/task-inference.js';
import { expectNothingForgotten } from './nothing-forgotten.js';

strategyContract({
  create: (options) => supsup(options),
  changesFirstTask: true,
  badOptions: [{ mask: 'real' }, { keep: 0 }, { keep: 1.1 }, { inference: 'none' }, { objective: 'H' }],
  goodOptions: [{ mask: 'threshold' }, { keep: 1 }, { inference: 'binary' }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task', tasks: 4 });
const learn = { epochs: 3, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];

const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));

async function sightsOf(options: SupsupOptions, seed = 3) {
  const { strategy, sights } = watched(supsup(options));
  const learner = await learned({ stream, hidden: [8, 6], optimizer: adam(0.05), strategy, learn, seed });
  learner.dispose();
  return sights.filter(({ hook }) => hook === 'afterTask');
}

describe('what a task has learned', () => {
  it.each(OPTIMIZERS)('stays, bit for bit, under $name', async (optimizer) => {
    await expectNothingForgotten(() => supsup(), optimizer);
    await expectNothingForgotten(() => supsup({ mask: 'threshold' }), optimizer, 'reset');
  });
});

describe('weights', () => {
  it('are ± √(2 / fan-in) in every kernel, biases 0, and never change', async () => {
    const after = await sightsOf({});
    for (const [name, fanIn] of Object.entries({ 'dense0/kernel': 6, 'dense1/kernel': 8, 'head/kernel': 6 })) {
      const values = flat(after[0]!.parameters[name]!);
      for (const value of values) expect(Math.abs(value)).toBeCloseTo(Math.sqrt(2 / fanIn), 6);
      expect(new Set(values).size).toBe(2);
    }
    for (const name of ['dense0/bias', 'dense1/bias', 'head/bias'])
      expect(new Set(flat(after[0]!.parameters[name]!))).toEqual(new Set([0]));
    for (const { parameters } of after) {
      for (const [name, values] of Object.entries(parameters)) {
        if (!name.endsWith('/scores')) expect(values).toEqual(after[0]!.parameters[name]);
      }
    }
  });

  it('are the same from the same seed, and others from another', async () => {
    const [a, b, c] = [await sightsOf({}, 1), await sightsOf({ keep: 0.3 }, 1), await sightsOf({}, 2)];
    expect(a[0]!.parameters['dense0/kernel']).toEqual(b[0]!.parameters['dense0/kernel']);
    expect(a[0]!.parameters['dense0/kernel']).not.toEqual(c[0]!.parameters['dense0/kernel']);
  });

  it('of a convolution have the fan-in of its window', async () => {
    const images = tinyStream({ scenario: 'task', inputs: [6, 6, 1] });
    const learner = new Learner({ model: tinyCnn({ outputs: images.outputs }), optimizer: sgd(0.1), scenario: 'task', strategy: supsup() });
    await learner.learn(images.tasks[0]!, { iterations: 1 });
    const { 'conv1/kernel': kernel } = taken(learner.parameters());
    learner.dispose();
    expect(Math.abs(flat(kernel!)[0]!)).toBeCloseTo(Math.sqrt(2 / (3 * 3 * 2)), 6);
  });
});

describe('masks', () => {
  it('keep the share of each kernel that was asked for, a number a weight and task', async () => {
    const after = await sightsOf({ keep: 0.3 });
    for (const masks of Object.values(after.at(-1)!.state.masks) as Record<string, Nested>[]) {
      for (const mask of Object.values(masks).map(flat)) {
        expect(mask.filter(Boolean)).toHaveLength(mask.length - Math.floor(0.7 * mask.length));
      }
    }
    expect(countNumbers(after.at(-1)!.state.masks)).toBe(4 * (6 * 8 + 8 * 6 + 6 * 8));
    expect(new Set((Object.values(after.at(-1)!.state.masks) as unknown[]).map((mask) => JSON.stringify(mask))).size).toBe(4);
  });

  test.prop([fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 40 }), fc.constantFrom(0.1, 0.25, 0.5, 0.9, 1)])(
    'leave out nothing that is larger than what they keep, whatever its sign',
    (sizes, keep) => {
      const mask = tidied(() => [...supermask(tf.tensor1d(sizes.map((size, i) => (i % 2 ? -size : size))), 'top-k', keep).dataSync()]);
      const kept = sizes.filter((_, i) => mask[i]);
      expect(kept).toHaveLength(sizes.length - Math.floor((1 - keep) * sizes.length));
      expect(Math.min(...kept)).toBeGreaterThan(Math.max(0, ...sizes.filter((_, i) => !mask[i])));
    },
  );

  it('are measured', async () => {
    const learner = await learned({ stream, hidden: [8], optimizer: adam(0.05), strategy: supsup({ keep: 0.25 }), learn, tasks: 1 });
    // 12 of 48 in both kernels.
    expect(learner.measure({ task: stream.tasks[0]! })['supsup.seen']!).toBeCloseTo(0.25, 6);
    learner.dispose();
  });
});

/** Two classes a task, each along an axis of its own. */
function axes(scenario: Exclude<Scenario, 'free'>, count: number): TaskData[] {
  const rows = 40;
  return Array.from({ length: count }, (_, t) => {
    const x = new Float32Array(rows * 8);
    const y = Int32Array.from({ length: rows }, (_, r) => (r % 2) + (scenario === 'domain' ? 0 : 2 * t));
    for (let r = 0; r < rows; r++) x[r * 8 + 2 * t + (r % 2)] = 2 + Math.sin(7 * r * r);
    const data = dataset(column(x, [8]), column(y, []));
    const classes = scenario === 'domain' ? [0, 1] : [2 * t, 2 * t + 1];
    return { index: t, name: `axis ${t}`, classes, train: data, test: data };
  });
}

describe('a task that is not told', () => {
  it('leaves only the classes of the task that was found in question', async () => {
    const tasks = axes('class', 3);
    const model = mlp({ inputs: 8, hidden: [16], outputs: 8 });
    const learner = new Learner({ model, optimizer: adam(0.05), scenario: 'class', strategy: supsup(), seed: 1 });
    for (const task of tasks) await learner.learn(task, learn);
    const x = tf.randomNormal([20, 8], 0, 1, 'float32', 1);
    const rows = taken({ all: learner.predict(x) }).all as number[][];
    for (const row of rows) {
      const open = row.flatMap((value, c) => (value > -1e8 ? [c] : []));
      expect(tasks.map(({ classes }) => classes)).toContainEqual(open);
    }
    // A row's answer does not depend on the rows beside it.
    const one = taken({ all: tidiedPredict(learner, x) }).all as number[][];
    for (const [c, value] of one[0]!.entries()) expect(value).toBeCloseTo(rows[5]![c]!, 4);
    x.dispose();
    learner.dispose();
  });

  it('takes outputs that no class has with objective G, and says so', async () => {
    const [first, second] = axes('domain', 2);
    const learner = new Learner({
      model: mlp({ inputs: 8, hidden: [16], outputs: 2 }),
      optimizer: adam(0.05),
      scenario: 'domain',
      strategy: supsup({ objective: 'G' }),
    });
    for (const task of [first!, second!]) await learner.learn(task, learn);
    await expect(learner.evaluate(second!)).rejects.toThrow('outputs that no class has');
    learner.dispose();
  });

  it('needs to know how layers use their kernels, and does not where tasks are told', () => {
    const full = mlp({ inputs: 6, hidden: [8], outputs: 8 });
    const parameters = Object.fromEntries(Object.entries(full.parameters).map(([name, { use: _use, ...spec }]) => [name, spec]));
    const make = (scenario: Scenario) =>
      new Learner({ model: { ...full, parameters }, optimizer: sgd(0.1), scenario, strategy: supsup() }).dispose();
    expect(() => make('class')).toThrow("does not say how it uses 'dense0/kernel'");
    make('task');
  });
});

const tidiedPredict = (learner: Learner, x: tf.Tensor): tf.Tensor => {
  const row = tf.slice(x, [5, 0], [1, 8]);
  const outputs = learner.predict(row);
  row.dispose();
  return outputs;
};

describe('halving', () => {
  it('keeps the smallest of those that are left, and exactly as many as asked for', () => {
    const kept = (slopes: number[], left: number[], count: number) =>
      tidied(() => [...smallest(tf.tensor2d([slopes]), tf.tensor2d([left]), count).dataSync()]);
    expect(kept([3, 1, 2, -5], [1, 1, 1, 0], 2)).toEqual([0, 1, 1, 0]);
    expect(kept([0, 0, 0], [1, 1, 1], 1)).toEqual([1, 0, 0]);
  });
});
