import { type Batch, dot, type GraphContext, mapTree, type Rows, random, sgd, subsetData } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned } from '../../../testing/toy.js';
import { plain } from '../../../testing/watched.js';
import { diverse } from '../src/gss.js';
import { gss } from '../src/index.js';

strategyContract({
  create: (options) => gss({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 0 }, { capacity: Number.POSITIVE_INFINITY }, { batchSize: 0 }, { sample: 0 }, { gate: 'rows' as never }],
  goodOptions: [{ batchSize: 3 }, { sample: 30 }, { gate: 'batch' }],
});

beforeAll(useCpu);

/** Rows with these scores, numbered from `first`. */
const scored = (scores: number[], first = 0): Rows => ({
  count: scores.length,
  x: { values: Float32Array.from(scores, (_, i) => first + i), shape: [1] },
  y: { values: new Int32Array(scores.length), shape: [] },
  task: new Int32Array(scores.length),
  extra: { score: { values: Float32Array.from(scores), shape: [] } },
});
const marksIn = (memory: ReturnType<typeof diverse>) => [...(memory.all()!.x as { values: Float32Array }).values];

describe('the memory', () => {
  it('takes in the first rows whatever their scores, in order', () => {
    const memory = diverse(4);
    memory.add(scored([0.1, 1.9, 2, 0]), random(1, 'add'));
    expect(marksIn(memory)).toEqual([0, 1, 2, 3]);
  });

  it('takes in no row after that which is like one that it was compared with', () => {
    const memory = diverse(3);
    memory.add(scored([2, 2, 2]), random(1, 'add'));
    memory.add(scored([1, 1.2, 2, 1.7], 10), random(2, 'add'));
    expect(marksIn(memory)).toEqual([0, 1, 2]);
  });

  it('gives others the place of row i with probability Cᵢ / Σ C · Cᵢ / (Cᵢ + c)', () => {
    const stored = [0.25, 0.5, 1.25];
    const c = 0.75;
    const runs = 4000;
    const times = [0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const memory = diverse(3);
      memory.add(scored(stored), random(1, 'first', run));
      memory.add(scored([c], 10), random(1, 'then', run));
      const place = marksIn(memory).indexOf(10);
      if (place >= 0) times[place]!++;
    }
    stored.forEach((own, i) => {
      const p = (own / 2) * (own / (own + c));
      expect(Math.abs(times[i]! / runs - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / runs));
    });
  });

  it('keeps the new row’s score with its place, also when it is saved', () => {
    // Against a row of score 2, one of score 0 always wins; against that, none does.
    const memory = diverse(1);
    memory.add(scored([2]), random(1, 'add'));
    memory.add(scored([0], 10), random(2, 'add'));
    expect(marksIn(memory)).toEqual([10]);
    const restored = diverse(1);
    restored.load(memory.save());
    for (const each of [memory, restored]) {
      for (let i = 0; i < 20; i++) each.add(scored([0.5], 20 + i), random(3, 'add', i));
      expect(marksIn(each)).toEqual([10]);
    }
  });
});

describe('the memory, where batches decide', () => {
  /** Rows with these scores, of a batch with that one. */
  const ofBatch = (scores: number[], batch: number, first = 0): Rows => {
    const rows = scored(scores, first);
    return { ...rows, extra: { ...rows.extra, batch: { values: new Float32Array(scores.length).fill(batch), shape: [] } } };
  };

  it('takes in rows by the score of their batch, whatever their own', () => {
    const memory = diverse(2);
    // While there is room, rows get the score of their batch: against that of 2, a row of score 0 always wins.
    memory.add(ofBatch([0, 0], 2), random(1, 'add'));
    memory.add(ofBatch([0.1, 0.1], 1, 10), random(2, 'add'));
    expect(marksIn(memory)).toEqual([0, 1]);
    memory.add(ofBatch([0], 0.9, 20), random(3, 'add'));
    expect(marksIn(memory)).toContain(20);
    // From then on a row has its own: one of score 2 is let in where the batch is unlike, by chance.
    const before = marksIn(memory);
    for (let i = 0; i < 40; i++) memory.add(ofBatch([2], 0.9, 30 + i), random(4, 'add', i));
    expect(marksIn(memory)).not.toEqual(before);
  });
});

describe('the scores', () => {
  const stream = clouds({ scenario: 'class', rows: 20 });

  it('are one and the largest cosine with the gradient of a stored row, after the step', async () => {
    const own = gss({ capacity: 15, batchSize: 8, sample: 6 });
    const given: { scores: number[]; expected: number[]; real: number }[] = [];
    const report: NonNullable<typeof own.report> = (ctx, batch, state, drawn) => {
      const result = own.report!(ctx, batch, state, drawn);
      const scores = plain(result.score!) as number[];
      if (drawn)
        given.push({
          scores,
          expected: bruteForce(ctx, batch, drawn.compared),
          real: (plain(drawn.compared.weight) as number[]).filter(Boolean).length,
        });
      else expect(scores.every((score) => Math.abs(score - 0.1) < 1e-7)).toBe(true);
      return result;
    };
    const learner = await learned({
      stream,
      optimizer: sgd(0.1),
      strategy: { ...own, report },
      tasks: 2,
      learn: { epochs: 1, batchSize: 4 },
    });
    learner.dispose();
    // Four rows stored at the second step, and six compared with from the third on.
    expect(given.map(({ real }) => real).slice(0, 3)).toEqual([4, 6, 6]);
    for (const { scores, expected } of given) {
      for (const [row, score] of scores.entries()) expect(score).toBeCloseTo(expected[row]!, 4);
    }
    expect(Math.min(...given.flatMap(({ scores }) => scores))).toBeLessThan(1);
    expect(Math.max(...given.flatMap(({ scores }) => scores))).toBeGreaterThan(1.5);
  });

  it('of a batch are those of the gradient of its rows together', async () => {
    const own = gss({ capacity: 15, batchSize: 8, sample: 6, gate: 'batch' });
    let compared = 0;
    const report: NonNullable<typeof own.report> = (ctx, batch, state, drawn) => {
      const result = own.report!(ctx, batch, state, drawn);
      const scores = plain(result.batch!) as number[];
      expect(new Set(scores).size).toBe(1);
      if (drawn) {
        compared++;
        const all = ctx.gradientsOf(batch);
        const cosines = rowsOf(ctx, drawn.compared).map(({ weight, g }) => (weight > 0 ? cosine(all, g) : -1));
        expect(scores[0]).toBeCloseTo(1 + Math.max(...cosines), 4);
      } else expect(scores[0]).toBeCloseTo(0.1, 6);
      return result;
    };
    // Eighteen rows in batches of four: the last of a task has two, and is padded.
    const uneven = clouds({ scenario: 'class', rows: 18 });
    const learn = { epochs: 1, batchSize: 4 };
    (await learned({ stream: uneven, optimizer: sgd(0.1), strategy: { ...own, report }, tasks: 2, learn })).dispose();
    expect(compared).toBeGreaterThan(5);
  });

  // A row in ten is of class 1, its gradient unlike those of the others. Measured over six seeds: 6 to 9 of 20 rows, where a reservoir has 2.
  it('make a rare class a larger part of the memory than of the stream', async () => {
    for (const seed of [1, 2, 3]) {
      const own = gss({ capacity: 20, sample: 3 });
      const memories: ReturnType<typeof diverse>[] = [];
      const init: typeof own.init = (info) => {
        const state = own.init(info);
        memories.push(state.memory);
        return state;
      };
      const [task] = clouds({ scenario: 'class', tasks: 1, rows: 400, seed }).tasks;
      const rows = Int32Array.from({ length: 400 }, (_, i) => (i % 10 === 9 ? 2 * i + 1 : 2 * i));
      const rare = { name: 'rare', scenario: 'class', outputs: 2, tasks: [{ ...task!, train: subsetData(task!.train, rows) }] } as const;
      const learn = { epochs: 1, batchSize: 10 };
      const learner = await learned({ stream: rare, optimizer: sgd(0.05), strategy: { ...own, init }, seed, learn });
      learner.dispose();
      const ones = [...memories[0]!.labels()].filter((label) => label === 1).length;
      expect(ones).toBeGreaterThanOrEqual(5);
      expect(ones).toBeLessThanOrEqual(12);
    }
  });
});

function bruteForce(ctx: GraphContext, batch: Batch, others: Batch): number[] {
  const kept = rowsOf(ctx, others).filter(({ weight }) => weight > 0);
  return rowsOf(ctx, batch).map(({ g }) => 1 + Math.max(...kept.map((other) => cosine(g, other.g))));
}

/** The weight and the gradient of each row. */
const rowsOf = (ctx: GraphContext, rows: Batch) =>
  (plain(rows.weight) as number[]).map((weight, n) => {
    const row = mapTree((t) => tf.slice(t, [n, ...t.shape.slice(1).map(() => 0)], [1, ...t.shape.slice(1)]), rows);
    return { weight, g: ctx.gradientsOf({ ...row, weight: tf.ones([1]) }) };
  });

function cosine(a: tf.NamedTensorMap, b: tf.NamedTensorMap): number {
  const [product, own, other] = [dot(a, b), dot(a, a), dot(b, b)].map((value) => value.dataSync()[0]!) as [number, number, number];
  return product / Math.sqrt(own * other);
}
