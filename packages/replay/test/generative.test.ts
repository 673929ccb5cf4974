import { type Batch, compose, type Forward, type GraphContext, Learner, type Scenario, sgd, type Task } from '@cl/core';
import { strategyContract, tinyStream } from '@cl/core/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { plain, tidied, watched } from '../../../testing/watched.js';
import { vae } from '../../models/src/index.js';
import { ewc } from '../../regularization/src/index.js';
import { type GenerativeOptions, type Generator, generative, replay } from '../src/index.js';

const gaussian: GenerativeOptions['generator'] = (inputs) => vae({ inputs, hidden: [5], latent: 2, decoder: 'gaussian' });

strategyContract({
  create: (options) => generative({ generator: gaussian, ...options }),
  badOptions: [
    { generator: undefined },
    { targets: 'firm' },
    { temperature: 0 },
    { ratio: 0 },
    { ratio: 1.5 },
    { batchSize: 0 },
    { learningRate: -1 },
  ],
  goodOptions: [
    { targets: 'soft' },
    { batchSize: 3 },
    { ratio: 0.5 },
    { generator: (inputs: number[]) => vae({ inputs, hidden: [4], latent: 2 }) },
  ],
});

beforeAll(useCpu);

const optimizer = sgd(0.1);
type Rows = readonly (readonly number[])[];
const TASKS: readonly Task[] = [0, 1, 2].map((index) => ({ index, name: `${index}`, classes: [2 * index, 2 * index + 1] }));

/** The strategy's term in the third of three tasks of two classes, from what the classifiers say of what is drawn. */
function termOf(options: Partial<GenerativeOptions>, scenario: Scenario, now: Rows, old: Rows, weight: readonly number[], loss: number) {
  const asked: (readonly number[])[] = [];
  const generator = (): Generator => ({ latent: 2, parameters: {}, sample: (_p, z) => z, losses: () => tf.zeros([1]) as Tensor1D });
  const value = tidied(() => {
    const ctx = {
      scenario,
      past: TASKS.slice(0, 2),
      task: TASKS[2],
      competing: scenario === 'task' ? TASKS[2]!.classes : [0, 1, 2, 3, 4, 5],
      model: { outputs: 6, inputs: [2] },
      normal(shape: number[]) {
        asked.push(shape);
        return tf.zeros(shape);
      },
      forward: (_x: unknown, parameters?: unknown) => tf.tensor2d((parameters ? old : now) as number[][]),
    } as unknown as GraphContext;
    const forward = { batch: { weight: tf.tensor1d([...weight]) } as unknown as Batch, loss: tf.scalar(loss) } as Forward;
    const state = { generator: null, slots: null, old: { generator: {}, classifier: {} } };
    return generative({ generator, ...options }).loss!(ctx, forward, state, null as never)!.arraySync();
  });
  return { value, asked };
}

const softmax = (logits: readonly number[], temperature = 1) => {
  const powers = logits.map((z) => Math.exp(z / temperature));
  return powers.map((p) => p / powers.reduce((a, b) => a + b));
};

describe('the loss', () => {
  const old = [
    [1, -1, 0.5, 2, 9, -9],
    [0, 0.25, -3, -1, 4, 4],
  ];
  const now = [
    [0.5, 0, 1, 1, 0, 3],
    [-1, 2, 0, 0, 1, 1],
  ];
  const logs = (row: number, classes: readonly number[], label: number) =>
    -Math.log(softmax(classes.map((c) => now[row]![c]!))[classes.indexOf(label)]!);

  it('is r L + (1 − r) L′ with r = 1 / t, for the labels of the old classifier among old classes; new ones compete', () => {
    const { value } = termOf({}, 'class', now, old, [1, 1], 5);
    const replayed = (logs(0, [0, 1, 2, 3, 4, 5], 3) + logs(1, [0, 1, 2, 3, 4, 5], 1)) / 2;
    expect(5 + value).toBeCloseTo(5 / 3 + (2 / 3) * replayed, 5);
  });

  it('has the ratio that it is told', () => {
    const [none, half] = [termOf({ ratio: 1 }, 'class', now, old, [1, 1], 5), termOf({ ratio: 0.5 }, 'class', now, old, [1, 1], 5)];
    expect(none.value).toBeCloseTo(0, 10);
    const replayed = (logs(0, [0, 1, 2, 3, 4, 5], 3) + logs(1, [0, 1, 2, 3, 4, 5], 1)) / 2;
    expect(5 + half.value).toBeCloseTo((5 + replayed) / 2, 5);
  });

  it('is the mean over old tasks, each with a label of its own, where tasks are known', () => {
    const { value } = termOf({}, 'task', now, old, [1, 1], 5);
    const replayed = (logs(0, [0, 1], 0) + logs(0, [2, 3], 3) + logs(1, [0, 1], 1) + logs(1, [2, 3], 3)) / 4;
    expect(5 + value).toBeCloseTo(5 / 3 + (2 / 3) * replayed, 5);
  });

  it('is over all outputs where tasks share them', () => {
    const { value } = termOf({}, 'domain', now, old, [1, 1], 5);
    const all = [0, 1, 2, 3, 4, 5];
    expect(5 + value).toBeCloseTo(5 / 3 + (logs(0, all, 4) + logs(1, all, 4)) / 3, 5);
  });

  it("distils by 'soft', at a temperature", () => {
    const { value } = termOf({ targets: 'soft', temperature: 2 }, 'class', now, old, [1, 1], 5);
    const losses = now.map((row, n) => {
      const targets = softmax(old[n]!.slice(0, 4), 2);
      const ours = softmax(row, 2);
      return targets.reduce((sum, p, c) => sum - p * Math.log(ours[c]!), 0);
    });
    expect(5 + value).toBeCloseTo(5 / 3 + (losses[0]! + losses[1]!) / 3, 5);
  });

  it('draws as many rows as the batch has, weighted like them, or as many as it is told', () => {
    const padded = termOf({}, 'class', now, old, [1, 0], 5);
    expect(padded.asked).toEqual([[2, 2]]);
    expect(5 + padded.value).toBeCloseTo(5 / 3 + (2 / 3) * logs(0, [0, 1, 2, 3, 4, 5], 3), 5);
    expect(termOf({ batchSize: 2 }, 'class', now, old, [1, 1, 1, 0], 5).asked).toEqual([[2, 2]]);
  });
});

describe('the generator', () => {
  // w learns the mean of what it sees, and draws the number 10 w: gradients are known at each step.
  const meanOf: GenerativeOptions['generator'] = () => ({
    latent: 1,
    parameters: { w: { shape: [], initializer: 'zeros', role: 'trunk' } },
    sample: ({ w }, z) => tf.add(tf.zeros([z.shape[0], 4]), tf.mul(w!, 10)),
    losses: ({ w }, x) => tf.mean(tf.square(tf.sub(x, w!)), 1) as Tensor1D,
  });

  it("is trained by Adam on the task's rows, and from the second task on on what the old one draws, with weights r and 1 − r", async () => {
    const stream = tinyStream({ scenario: 'class' });
    const means = stream.tasks.map(({ train }) => {
      const x = new Float32Array(train.length * 4);
      (train.x as { gather(rows: Int32Array, into: Float32Array, at: number): void }).gather(
        Int32Array.from({ length: train.length }, (_, i) => i),
        x,
        0,
      );
      return x.reduce((a, b) => a + b) / x.length;
    });
    const { strategy, sights } = watched(generative({ generator: meanOf, learningRate: 0.02 }));
    const learner = await learned({ stream, optimizer, strategy, learn: { iterations: 3, batchSize: 20 } });
    learner.dispose();

    let [w, m, v, step] = [0, 0, 0, 0];
    const learnFrom = (gradient: () => number) => {
      for (let i = 0; i < 3; i++) {
        const g = gradient();
        step++;
        [m, v] = [0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g];
        w -= (0.02 * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8);
      }
      return w;
    };
    const first = learnFrom(() => 2 * (w - means[0]!));
    const drawn = 10 * first;
    const second = learnFrom(() => w - means[1]! + (w - drawn));
    const ends = sights.filter(({ hook }) => hook === 'afterTask').map(({ state }) => state.generator.w as number);
    expectClose(ends, [first, second]);
  });

  it('that draws, and the classifier that labels, are those of the last task, as they were at its end', async () => {
    const used: { readonly sampled: unknown[] } = { sampled: [] };
    const spied: GenerativeOptions['generator'] = (inputs) => {
      const own = vae({ inputs, hidden: [5], latent: 2, decoder: 'gaussian' });
      return {
        ...own,
        sample(parameters, z) {
          used.sampled.push(plain(parameters));
          return own.sample(parameters, z);
        },
      };
    };
    const { strategy, sights } = watched(generative({ generator: spied }));
    const stream = clouds({ scenario: 'class' });
    const learner = await learned({ stream, optimizer, strategy });
    learner.dispose();
    const ends = sights.filter(({ hook }) => hook === 'afterTask');
    expect(ends).toHaveLength(3);
    for (const { state, parameters } of ends) expect(state.old).toEqual({ generator: state.generator, classifier: parameters });
    // Twice a step, for the classifier and for the generator; never in the first task.
    const steps = used.sampled.length / 2;
    for (const [i, parameters] of used.sampled.entries()) expect(parameters).toEqual(ends[i < steps ? 0 : 1]!.state.generator);
    expect(ends[1]!.state.generator).not.toEqual(ends[0]!.state.generator);
  });
});

describe('in training', () => {
  const stream = clouds({ scenario: 'class' });

  it('the first task is fine-tuning of the classifier, bit for bit; and all tasks are where r = 1', async () => {
    const strategy = () => generative({ generator: gaussian });
    expect(await hashAfter({ stream, optimizer, tasks: 1, strategy: strategy() })).toBe(await hashAfter({ stream, optimizer, tasks: 1 }));
    expect(await hashAfter({ stream, optimizer, strategy: generative({ generator: gaussian, ratio: 1 }) })).toBe(
      await hashAfter({ stream, optimizer }),
    );
    expect(await hashAfter({ stream, optimizer, strategy: strategy() })).not.toBe(await hashAfter({ stream, optimizer }));
  });

  it('keeps no example: its state does not grow with the data', async () => {
    const { strategy, sights } = watched(generative({ generator: gaussian }));
    (await learned({ stream, optimizer, strategy })).dispose();
    const sizes = sights.filter(({ hook }) => hook === 'afterTask').map(({ state }) => JSON.stringify(plain(state)).match(/,/g)!.length);
    expect(new Set(sizes).size).toBe(1);
  });

  it('composes: beside a penalty of weight 0 it is itself, bit for bit; beside replay both act', async () => {
    const alone = await hashAfter({ stream, optimizer, strategy: generative({ generator: gaussian }) });
    expect(await hashAfter({ stream, optimizer, strategy: compose(ewc({ lambda: 0 }), generative({ generator: gaussian })) })).toBe(alone);
    const both = compose(replay({ capacity: 12, from: 'past' }), generative({ generator: gaussian }));
    expect(await hashAfter({ stream, optimizer, strategy: both })).not.toBe(alone);
  });

  it('refuses a model of several inputs', () => {
    const several = {
      name: 'pair',
      inputs: { a: [1], b: [1] },
      outputs: 2,
      parameters: { 'head/kernel': HEAD },
      sites: [],
      apply: () => tf.zeros([1, 2]),
    };
    const make = () =>
      new Learner({ model: several as never, optimizer, scenario: 'class', strategy: generative({ generator: gaussian }) });
    expect(make).toThrow(/several inputs/);
  });
});

const HEAD = { shape: [1, 2], initializer: 'zeros', role: 'head' } as const;
