import { type AnyStrategy, type Batch, type Block, Learner, momentum, readRows } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds } from '../../../testing/toy.js';
import { plain, taken } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { replayShare } from '../src/index.js';

strategyContract({
  create: (options) => replayShare({ capacity: 12, share: 0.3, ...options }),
  badOptions: [
    { share: -0.1 },
    { share: 1.5 },
    { share: '0.1' },
    { capacity: 0 },
    { capacity: undefined, perClass: 0.5 },
    { capacity: undefined, perTask: -1 },
  ],
  goodOptions: [{ share: 0 }, { share: 1 }, { capacity: Number.POSITIVE_INFINITY }, { capacity: undefined, perTask: 5 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', tasks: 3, rows: 25 });

/** What each step of the stream trained on: of how many rows, how many of earlier tasks. */
async function steps(share: number, batchSize: number, epochs = 1, capacity = Number.POSITIVE_INFINITY) {
  const strategy = replayShare({ share, capacity });
  const seen: { readonly task: number; readonly rows: number; readonly old: number; readonly outside: number }[] = [];
  const batch: AnyStrategy['batch'] = (ctx, given, state, feed) => {
    const result = strategy.batch!(ctx, given, state, feed) as Batch;
    const [weight, y] = [plain(result.weight), plain(result.y)] as [number[], number[]];
    const rows = y.filter((_, i) => weight[i] === 1);
    const { classes } = ctx.task;
    seen.push({
      task: ctx.task.index,
      rows: rows.length,
      old: rows.filter((label) => !classes.includes(label)).length,
      outside: rows.filter((label) => label > Math.max(...classes)).length,
    });
    return result;
  };
  const learner = new Learner({
    model: mlp({ inputs: 6, hidden: [4], outputs: 6 }),
    optimizer: momentum(0.05),
    scenario: 'class',
    strategy: { ...strategy, batch },
    seed: 1,
  });
  for (const task of stream.tasks) await learner.learn(task, { epochs, batchSize });
  learner.dispose();
  return seen;
}

describe('a share of every batch', () => {
  it.each([0.01, 0.05, 0.25, 0.5])('%d: of as many rows in all as without, so many are old ones, within a row', async (share) => {
    const [without, with_] = [await steps(0, 10, 4), await steps(share, 10, 4)];
    expect(with_.map(({ rows }) => rows)).toEqual(without.map(({ rows }) => rows));
    expect(without.every(({ old }) => old === 0)).toBe(true);
    for (const task of [1, 2]) {
      const own = with_.filter((step) => step.task === task);
      const old = own.reduce((sum, step) => sum + step.old, 0);
      const all = own.reduce((sum, { rows }) => sum + rows, 0);
      expect(all).toBe(200);
      expect(Math.abs(old - share * all)).toBeLessThanOrEqual(1);
    }
    expect(with_.filter(({ task }) => task === 0).every(({ old }) => old === 0)).toBe(true);
    expect(with_.every(({ outside }) => outside === 0)).toBe(true);
  });

  it('that is whole is the same in every batch, and a smaller last batch stays small', async () => {
    // 50 rows by 16: three batches of 16 and one of 2.
    const seen = (await steps(0.25, 16)).filter(({ task }) => task === 1);
    expect(seen.map(({ rows }) => rows)).toEqual([16, 16, 16, 2]);
    expect(seen.map(({ old }) => old)).toEqual([4, 4, 4, 2]);
  });

  it('of a memory that holds fewer is what there is', async () => {
    const seen = (await steps(0.5, 10, 1, 3)).filter(({ task }) => task === 1);
    expect(seen[0]!.old).toBe(3);
    expect(seen.every(({ rows }) => rows === 10)).toBe(true);
  });
});

it('keeps rows beside what they belong to: inputs of a drawn row come with its label and its competing outputs', async () => {
  const strategy = replayShare({ share: 0.5, capacity: Number.POSITIVE_INFINITY });
  const known = new Map(
    stream.tasks.flatMap(({ train }) => {
      const { x, y } = readRows(
        train,
        Int32Array.from({ length: train.length }, (_, i) => i),
        0,
      );
      return [...y.values].map((label, i) => [(x as Block).values[6 * i]!, label] as const);
    }),
  );
  let checked = 0;
  const batch: AnyStrategy['batch'] = (ctx, given, state, feed) => {
    const result = strategy.batch!(ctx, given, state, feed) as Batch;
    const { x, y, competing } = plain({ x: result.x, y: result.y, competing: result.competing }) as {
      x: number[][];
      y: number[];
      competing: number[][];
    };
    y.forEach((label, i) => {
      expect(known.get(x[i]![0]!)).toBe(label);
      expect(competing[i]!.flatMap((one, c) => (one === 1 ? [c] : []))).toEqual([label - (label % 2), label - (label % 2) + 1]);
      checked++;
    });
    return result;
  };
  const learner = new Learner({
    model: mlp({ inputs: 6, hidden: [4], outputs: 6 }),
    optimizer: momentum(0.05),
    scenario: 'task',
    strategy: { ...strategy, batch },
  });
  for (const task of stream.tasks) await learner.learn(task, { batchSize: 10 });
  learner.dispose();
  expect(checked).toBe(150);
});

it('with all rows old ones, a task is not learned; without any, it is plain training', async () => {
  const after = async (share: number | null) => {
    const strategy = share === null ? {} : { strategy: replayShare({ share, capacity: 60 }) };
    const learner = new Learner({
      model: mlp({ inputs: 6, hidden: [8], outputs: 6 }),
      optimizer: momentum(0.05),
      scenario: 'class',
      seed: 1,
      ...strategy,
    });
    for (const task of stream.tasks.slice(0, 2)) await learner.learn(task, { epochs: 10, batchSize: 10 });
    const accuracies = [];
    for (const task of stream.tasks.slice(0, 2)) accuracies.push((await learner.evaluate(task)).accuracy!);
    const parameters = taken(learner.parameters());
    learner.dispose();
    return { accuracies, parameters };
  };
  const [plainly, none, half, all] = [await after(null), await after(0), await after(0.5), await after(1)];
  expect(none.parameters).toEqual(plainly.parameters);
  expect(plainly.accuracies[0]).toBeLessThan(0.2);
  expect(all.accuracies[1]).toBeLessThan(0.2);
  expect(half.accuracies[0]).toBeGreaterThan(0.7);
  expect(half.accuracies[1]).toBeGreaterThan(0.7);
});
