import { Learner, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { goldenTask, tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { countNumbers, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type MasOptions, mas } from '../src/index.js';
import { penaltyAt } from './penalty.js';

strategyContract({
  create: (options) => mas({ lambda: 0.1, ...options }),
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { per: 'row' }],
  goodOptions: [{ per: 'batch' }, { lambda: 0 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });
const numbersOf = (weights: Weights): number[] => Object.values(weights).flat(3) as number[];

it('its penalty and its gradient are 0 at the anchor, and λ Σ Ω (θ − θ*)² elsewhere, without a ½', () => {
  tidied(() => {
    const state = { importance: tensorsOf({ w: [0.5, 2, 0] }), anchor: tensorsOf({ w: [1, -2, 3] }) };
    expect(penaltyAt(mas({ lambda: 3 }), state, { w: [1, -2, 3] })).toEqual({ value: 0, gradient: { w: [0, 0, 0] } });
    expect(penaltyAt(mas({ lambda: 3 }), state, { w: [2, -1.5, 12] })).toEqual({ value: 3, gradient: { w: [3, 6, 0] } });
  });
});

describe('Ω', () => {
  /** A linear model f = x W + b, in which nothing moves while it learns. */
  const kernel = [
    [0.5, -1, 0.2],
    [0.3, 0.4, -0.6],
  ];
  const bias = [0.1, -0.2, 0.3];
  const x = [
    [1, 2],
    [-0.5, 1.5],
    [2, -1],
    [0.25, 0.75],
    [-1, -1],
  ];
  async function importanceOf(
    options: MasOptions = {},
    {
      rows = x,
      weights = { 'head/kernel': kernel, 'head/bias': bias } as Weights,
      y = rows.map(() => 0),
      classes = [0, 1, 2],
      batchSize = 2,
    }: { rows?: number[][]; weights?: Weights; y?: number[]; classes?: number[]; batchSize?: number } = {},
  ): Promise<Weights> {
    const { strategy, sights } = watched(mas(options));
    const parameters = tensorsOf(weights);
    const model = mlp({ inputs: 2, hidden: [], outputs: 3 });
    const learner = new Learner({ model, parameters, optimizer: sgd(0), scenario: 'task', strategy });
    await learner.learn(goldenTask(0, classes, { x: rows, y }), { batchSize });
    learner.dispose();
    tf.dispose(parameters);
    return sights.at(-1)!.state.importance;
  }
  const outputs = x.map((row) => bias.map((b, k) => b + row.reduce((f, value, i) => f + value * kernel[i]![k]!, 0)));

  it('of a linear model is the mean of 2 |x| |f|', async () => {
    const mean = (of: (row: number[], f: number[]) => number) => x.reduce((sum, row, n) => sum + of(row, outputs[n]!), 0) / x.length;
    expectClose(await importanceOf(), {
      'head/kernel': kernel.map((line, i) => line.map((_, k) => mean((row, f) => 2 * Math.abs(row[i]!) * Math.abs(f[k]!)))),
      'head/bias': bias.map((_, k) => mean((_row, f) => 2 * Math.abs(f[k]!))),
    });
  });

  it('depends neither on the labels, nor on the order of the rows, nor on the size of batches', async () => {
    const importance = await importanceOf();
    expectClose(await importanceOf({}, { y: [0, 2, 1, 1, 2] }), importance, { abs: 0, rel: 0 });
    expectClose(await importanceOf({}, { rows: [...x].reverse() }), importance, { abs: 1e-6, rel: 1e-5 });
    expectClose(await importanceOf({}, { batchSize: 5 }), importance, { abs: 1e-6, rel: 1e-5 });
  });

  it('is 0 where all outputs are 0, and for outputs that do not compete', async () => {
    const zeros = { 'head/kernel': kernel.map((line) => line.map(() => 0)), 'head/bias': [0, 0, 0] };
    expect(Math.max(...numbersOf(await importanceOf({}, { weights: zeros })))).toBe(0);
    const [some, all] = [await importanceOf({}, { classes: [0, 2] }), await importanceOf()];
    const [first, , third] = all['head/bias'] as number[];
    expect(some['head/bias']).toEqual([first, 0, third]);
  });

  it('from batches is never larger than from single examples, and smaller where signs cancel', async () => {
    const [single, batched] = [numbersOf(await importanceOf()), numbersOf(await importanceOf({ per: 'batch' }))];
    for (const [i, value] of single.entries()) expect(batched[i]!).toBeLessThanOrEqual(value + 1e-6);
    expect(Math.min(...single.map((value, i) => batched[i]! / value))).toBeLessThan(0.9);
    expectClose(numbersOf(await importanceOf({ per: 'batch' }, { batchSize: 1 })), single, { abs: 1e-6, rel: 1e-5 });
  });

  it('adds up over tasks, never falls, and is never negative', async () => {
    const { strategy, sights } = watched(mas());
    (await learned({ stream, optimizer: sgd(0.02), strategy })).dispose();
    const after = sights.map(({ state }) => numbersOf(state.importance));
    expect(Math.min(...after[0]!)).toBeGreaterThanOrEqual(0);
    for (const [t, now] of after.slice(1).entries()) {
      const own = numbersOf(sights[t + 1]!.summary.sum).map((total) => total / sights[t + 1]!.summary.rows);
      expectClose(
        now,
        own.map((value, i) => after[t]![i]! + value),
        { abs: 1e-5, rel: 1e-5 },
      );
      expect(Math.min(...own)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('in training', () => {
  it('λ = 0 is fine-tuning, and the first task is plain training, bit for bit', async () => {
    const finetuned = { stream, optimizer: sgd(0.1) };
    expect(await hashAfter({ ...finetuned, strategy: mas({ lambda: 0 }) })).toBe(await hashAfter(finetuned));
    expect(await hashAfter({ ...finetuned, tasks: 1, strategy: mas({ lambda: 9 }) })).toBe(await hashAfter({ ...finetuned, tasks: 1 }));
  });

  it('keeps two numbers a parameter, however many tasks', async () => {
    const { strategy, sights } = watched(mas({ lambda: 0.01 }));
    (await learned({ stream, optimizer: sgd(0.1), strategy })).dispose();
    const parameters = countNumbers(sights[0]!.parameters);
    expect(sights.map(({ state }) => countNumbers(state))).toEqual(stream.tasks.map(() => 2 * parameters));
  });
});
