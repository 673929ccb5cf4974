import { type AnyStrategy, compose, featuresOf, type Memory, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { ewc } from '../../regularization/src/index.js';
import { meanOf, unitRows } from '../src/herding.js';
import { bic, herding, icarl } from '../src/index.js';

strategyContract({
  create: (options) => icarl({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 0 }, { capacity: 1.5 }, { batchSize: 0 }, { herding: 'welling' }, { average: 'classes' }],
  goodOptions: [{ herding: 'code' }, { average: 'outputs' }, { batchSize: 3 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', rows: 20 });
const optimizer = sgd(0.1);

describe('herding', () => {
  const feature = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 3 }).filter((row) => row.some((v) => v !== 0));
  const features = fc.array(feature, { minLength: 2, maxLength: 12 });
  const distance = (rows: readonly ArrayLike<number>[], chosen: readonly number[]) => {
    const [all, some] = [meanOf(rows), meanOf(chosen.map((i) => rows[i]!))];
    return Math.hypot(...all.map((value, u) => value - some[u]!));
  };

  test.prop([features])('takes each row once, and a shorter list is the beginning of a longer one', (given) => {
    const rows = unitRows(given.flat(), 3);
    const all = herding(rows, rows.length + 5);
    expect([...all].sort((a, b) => a - b)).toEqual([...rows.keys()]);
    for (let count = 0; count <= rows.length; count++) expect(herding(rows, count)).toEqual(all.slice(0, count));
    expect(distance(rows, all)).toBeLessThan(1e-12);
  });

  test.prop([features])('takes, one after another, what brings the mean nearest', (given) => {
    const rows = unitRows(given.flat(), 3);
    const chosen = herding(rows, rows.length);
    for (let k = 0; k < rows.length; k++) {
      const taken = distance(rows, chosen.slice(0, k + 1));
      for (const other of chosen.slice(k + 1)) expect(taken).toBeLessThanOrEqual(distance(rows, [...chosen.slice(0, k), other]) + 1e-12);
    }
  });

  it('begins as worked out by hand', () => {
    // Mean (0.533, 0.6): nearest (0.6, 0.8). Twice the mean less that is (0.467, 0.4): nearer to (1, 0) than to (0, 1).
    expect(herding([[1, 0], [0, 1], [0.6, 0.8]], 3)).toEqual([2, 0, 1]); // biome-ignore format: a list
    // Of two that are as near, the first.
    expect(herding([[1, 0], [1, 0]], 1)).toEqual([0]); // biome-ignore format: a list
  });
});

describe('the exemplars', () => {
  const after = async (options: Parameters<typeof icarl>[0], tasks: number) => {
    const own = icarl(options);
    const held: Memory[] = [];
    const strategy: typeof own = {
      ...own,
      afterTask(ctx, state, summary) {
        const next = own.afterTask!(ctx, state, summary);
        held.push(next.memory);
        return next;
      },
    };
    const learner = await learned({ stream, optimizer, strategy, tasks });
    learner.dispose();
    return held;
  };
  const byClass = (memory: Memory) => {
    const all = memory.all()!;
    const { values } = all.x as { values: Float32Array };
    const lists = new Map<number, number[]>();
    for (const [i, label] of memory.labels().entries()) lists.set(label, [...(lists.get(label) ?? []), values[6 * i]!]);
    return lists;
  };

  it('are shared by the classes so far, never more than the capacity, and old lists are cut at their ends', async () => {
    const held = await after({ capacity: 14 }, 3);
    expect(held.map(({ size }) => size)).toEqual([14, 12, 12]);
    const [first, second, third] = held.map(byClass);
    expect([...first!].map(([label, rows]) => [label, rows.length])).toEqual([[0, 7], [1, 7]]); // biome-ignore format: a list
    for (const label of [0, 1]) {
      expect(second!.get(label)).toEqual(first!.get(label)!.slice(0, 3));
      expect(third!.get(label)).toEqual(first!.get(label)!.slice(0, 2));
    }
    for (const label of [2, 3]) expect(third!.get(label)).toEqual(second!.get(label)!.slice(0, 2));
  });

  it.each([
    { own: icarl({ capacity: 3 }), message: /icarl\(\{ capacity: 3 \}\): 4 classes share the capacity now, 0 for each/ },
    { own: bic({ capacity: 7 }), message: /bic\(\{ capacity: 7 \}\): 4 classes share the capacity now, 1 for each/ },
  ])('are refused before a task that would leave too few for a class: $own.name', async ({ own, message }) => {
    let steps = 0;
    const counted = { ...own, observe: () => void steps++ } as AnyStrategy;
    await expect(learned({ stream, optimizer, strategy: counted, tasks: 2, learn: { epochs: 1, batchSize: 8 } })).rejects.toThrow(message);
    expect(steps).toBe(5);
  });

  it('weigh in a step as they would in one data set with the task', async () => {
    const weights: number[][] = [];
    const own = icarl({ capacity: 12 });
    const strategy: typeof own = {
      ...own,
      batch(ctx, batch, state, drawn) {
        const both = own.batch!(ctx, batch, state, drawn);
        weights.push([...both.weight.dataSync()]);
        return both;
      },
    };
    const learner = await learned({ stream, optimizer, strategy, tasks: 2, learn: { epochs: 1, batchSize: 8 } });
    learner.dispose();
    // 12 exemplars beside 40 examples: 8 rows that weigh 12 / 40 of the stream's.
    expect(weights[0]).toHaveLength(8);
    for (const row of weights.slice(5)) {
      expect(row.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 1));
      for (const weight of row.slice(8)) expect(weight).toBeCloseTo(0.3, 6);
      expect(row).toHaveLength(16);
    }
  });
});

describe('the prediction', () => {
  it('is the nearest mean of all examples where all are exemplars', async () => {
    const learner = await learned({ stream, optimizer, strategy: icarl({ capacity: 10_000 }), tasks: 1 });
    try {
      const { train, test: held } = stream.tasks[0]!;
      const values = (part: typeof train) => part.x as { gather(i: number[], into: Float32Array, at: number): void };
      const block = (part: typeof train) => {
        const into = new Float32Array(part.length * 6);
        values(part).gather(Array.from({ length: part.length }, (_, i) => i), into, 0); // biome-ignore format: a list
        return tf.tensor2d(into, [part.length, 6]);
      };
      const right = tf.tidy(() => {
        const parameters = learner.parameters();
        const ctx = {
          model: learner.model,
          forward: ((x: tf.Tensor, _parameters: unknown, options: object) => learner.model.apply(parameters, x, options).outputs) as never,
        };
        const features = (part: typeof train) => unitRows(featuresOf(ctx, block(part)).dataSync(), 8);
        const labels = Int32Array.from({ length: train.length });
        train.y.gather(Array.from({ length: train.length }, (_, i) => i), labels, 0); // biome-ignore format: a list
        const rows = features(train);
        const means = [0, 1].map((label) => unitRows(meanOf(rows.filter((_, i) => labels[i] === label)), 8)[0]!);
        const nearest = features(held).map((row) => {
          const far = means.map((mean) => Math.hypot(...row.map((value, u) => value - mean[u]!)));
          return far.indexOf(Math.min(...far));
        });
        const scores = learner.predict(block(held));
        return { nearest, predicted: [...tf.argMax(scores, 1).dataSync()] };
      });
      expect(right.predicted).toEqual(right.nearest);
    } finally {
      learner.dispose();
    }
  });
});

it('teaches by the old network alone where nothing is new: its targets are its own outputs', async () => {
  const terms: number[] = [];
  const own = icarl({ capacity: 12 });
  const strategy: typeof own = {
    ...own,
    loss(ctx, forward, state, feed) {
      const term = own.loss!(ctx, forward, state, feed)!;
      if (state.teacher && terms.length === 0) {
        const outputs = ctx.forward(forward.batch.x, state.teacher, { training: false });
        // At the old parameters, a binary cross-entropy with its own probabilities has no slope at old outputs.
        const gradient = tf.grad((z: tf.Tensor) => own.loss!(ctx, { ...forward, outputs: z, loss: tf.scalar(0) }, state, feed)!)(outputs);
        terms.push(...(gradient.slice([0, 0], [-1, 2]).abs().max().dataSync() as Float32Array));
      }
      return term;
    },
  };
  const learner = await learned({ stream, optimizer, strategy, tasks: 2 });
  learner.dispose();
  expect(terms[0]).toBeLessThan(1e-6);
});

it('without old rows and a teacher is training with binary cross-entropy: the first task does not see the capacity', async () => {
  const run = (capacity: number) => hashAfter({ stream, optimizer, strategy: icarl({ capacity }), tasks: 1 });
  expect(await run(10)).toBe(await run(40));
});

it('stands beside a penalty, as bic does: one that weighs nothing changes nothing, one that weighs something does', async () => {
  for (const make of [() => icarl({ capacity: 12 }), () => bic({ capacity: 12 })]) {
    const run = (lambda: number | null) =>
      hashAfter({ stream, optimizer, tasks: 2, strategy: lambda === null ? make() : (compose(ewc({ lambda }), make() as never) as never) });
    const alone = await run(null);
    expect(await run(0)).toBe(alone);
    expect(await run(3)).not.toBe(alone);
  }
});
