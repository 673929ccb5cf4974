import { type Batch, type GraphContext, type Memory, type Rows, reservoir, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { plain, tidied } from '../../../testing/watched.js';
import { type ReplayOptions, replay } from '../src/index.js';

const badOptions = [
  { capacity: 0 },
  { capacity: undefined, perClass: 0.5 },
  { capacity: undefined, perTask: -1 },
  { batchSize: 0 },
  { batchSize: '8' },
  { from: 'now' },
  { weighting: 'row' },
];

strategyContract({
  create: (options) => replay({ capacity: 12, from: 'past', ...options }),
  badOptions,
  goodOptions: [{ weighting: 'tasks' }, { batchSize: 3 }, { capacity: undefined, perClass: 2 }],
});

strategyContract({
  name: 'replay of the task at hand too',
  create: (options) => replay({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions,
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', rows: 20 });
const optimizer = sgd(0.1);

/** What went in and out of a memory, step by step. */
interface Traffic {
  readonly drawn: (Rows | null)[];
  readonly added: Rows[];
}

function spied(capacity: number): Traffic & { readonly memory: () => Memory } {
  const [drawn, added]: [(Rows | null)[], Rows[]] = [[], []];
  const memory = () => {
    const own = reservoir({ capacity });
    const spies: Pick<Memory, 'add' | 'draw'> = {
      draw(random, count, keep) {
        const rows = own.draw(random, count, keep);
        drawn.push(rows);
        return rows;
      },
      add(rows, random) {
        added.push(rows);
        own.add(rows, random);
      },
    };
    return Object.assign(Object.create(own) as Memory, spies);
  };
  return { memory, drawn, added };
}

/** Rows told apart by their first value. */
const marks = (rows: Rows): number[] => Array.from({ length: rows.count }, (_, i) => (rows.x as { values: Float32Array }).values[6 * i]!);

async function trafficOf(options: Omit<ReplayOptions, 'capacity' | 'memory'>, capacity = 30): Promise<Traffic> {
  const { memory, ...traffic } = spied(capacity);
  const learner = await learned({ stream, optimizer, strategy: replay({ ...options, memory }), learn: { epochs: 1, batchSize: 8 } });
  learner.dispose();
  return traffic;
}

describe('the rows that are replayed', () => {
  it('are drawn before those of the step are taken in', async () => {
    const { drawn, added } = await trafficOf({});
    expect(drawn).toHaveLength(15);
    expect(drawn[0]).toBe(null);
    drawn.slice(1).forEach((rows, step) => {
      const before = new Set(added.slice(0, step + 1).flatMap(marks));
      for (const mark of marks(rows!)) expect(before).toContain(mark);
      for (const mark of marks(added[step + 1]!)) expect(before).not.toContain(mark);
    });
  });

  it('are as many as the stream brings, unless told otherwise, and all where the memory has no more', async () => {
    const counts = async (options: ReplayOptions) => (await trafficOf(options)).drawn.map((rows) => rows?.count ?? 0);
    expect((await counts({})).slice(0, 4)).toEqual([0, 8, 8, 8]);
    expect((await counts({ batchSize: 20 })).slice(0, 5)).toEqual([0, 8, 16, 20, 20]);
    expect((await counts({ batchSize: 3 })).slice(0, 3)).toEqual([0, 3, 3]);
    expect((await trafficOf({ batchSize: 8 }, 5)).drawn.slice(1).every((rows) => rows!.count === 5)).toBe(true);
  });

  it("weigh nothing in the first task by 'tasks', and are not drawn", async () => {
    expect((await trafficOf({ weighting: 'tasks' })).drawn).toHaveLength(10);
  });

  it('are different ones in a draw', async () => {
    for (const rows of (await trafficOf({})).drawn.slice(1)) expect(new Set(marks(rows!)).size).toBe(rows!.count);
  });

  it("from 'past' are of earlier tasks only; from 'all', of the task at hand too", async () => {
    const tasks = async (from: 'past' | 'all') => (await trafficOf({ from })).drawn.map((rows) => new Set(rows?.task));
    const past = await tasks('past');
    // Nothing is drawn in the first task, five steps.
    expect(past).toHaveLength(10);
    for (const [step, found] of past.entries()) expect([...found].every((task) => task < (step < 5 ? 1 : 2))).toBe(true);
    expect([...(await tasks('all'))[4]!]).toEqual([0]);
  });

  it('are offered to the memory once each, every epoch anew, and never when they are replayed', async () => {
    const { added } = await trafficOf({});
    expect(added.map(({ count }) => count)).toEqual(Array.from({ length: 15 }, () => 8));
    expect(new Set(added.flatMap(marks)).size).toBe(120);
  });
});

describe('the joined batch', () => {
  const batch = (labels: number[], weight: number[]): Batch => ({
    x: tf.tensor2d(labels.map((label) => [label])),
    y: tf.tensor1d(labels, 'int32'),
    weight: tf.tensor1d(weight),
    competing: null,
    extra: {},
  });
  const joined = (options: Partial<ReplayOptions>, past: number, own: Batch, drawn: Batch | null) =>
    plain(
      replay({ capacity: 1, ...options }).batch!(
        { past: Array.from({ length: past }) } as unknown as GraphContext,
        own,
        {} as never,
        drawn,
      ),
    ) as { weight: number[]; y: number[] };

  it('is the batch itself where nothing was drawn', () => {
    tidied(() => {
      const own = batch([0, 1], [1, 1]);
      expect(replay({ capacity: 1 }).batch!({ past: [] } as unknown as GraphContext, own, {} as never, null)).toBe(own);
    });
  });

  it("weighs every row the same by 'rows'; padding weighs nothing", () => {
    const { weight, y } = tidied(() => joined({}, 3, batch([0, 1, 0], [1, 1, 0]), batch([2, 3, 0], [1, 1, 0])));
    expect(y).toEqual([0, 1, 0, 2, 3, 0]);
    expect(weight).toEqual([1, 1, 0, 1, 1, 0]);
  });

  it("gives the stream a share of 1 / t in task t by 'tasks'", () => {
    for (const past of [0, 1, 2, 9]) {
      const { weight } = tidied(() =>
        joined({ weighting: 'tasks' }, past, batch([0, 1, 0, 1], [1, 1, 1, 0]), batch([2, 3, 2, 0, 0], [1, 1, 0, 0, 0])),
      );
      const sum = (values: number[]) => values.reduce((a, b) => a + b);
      expect(sum(weight.slice(0, 4)) / sum(weight)).toBeCloseTo(1 / (past + 1), 6);
      expect(weight.slice(6)).toEqual([0, 0, 0]);
    }
  });

  it('lets an old row compete with classes that came after it', async () => {
    const seen: number[][][] = [];
    const own = replay({ capacity: 30, from: 'past' });
    const strategy = {
      ...own,
      batch: ((ctx, b, state, drawn) => {
        const both = own.batch!(ctx, b, state, drawn);
        if (drawn) seen.push(plain(both.competing) as number[][]);
        return both;
      }) as typeof own.batch & {},
    };
    const learner = await learned({ stream, optimizer, strategy, tasks: 2 });
    learner.dispose();
    expect(seen.length).toBeGreaterThan(0);
    for (const rows of seen) for (const row of rows) expect(row).toEqual([1, 1, 1, 1, 0, 0]);
  });
});

describe('in training', () => {
  it('a memory that takes nothing in makes it fine-tuning, bit for bit', async () => {
    const memory = () => Object.assign(Object.create(reservoir({ capacity: 1 })) as Memory, { add: () => undefined });
    expect(await hashAfter({ stream, optimizer, strategy: replay({ memory }) })).toBe(await hashAfter({ stream, optimizer }));
  });

  it("the first task is plain training, bit for bit, where rows are 'past' only", async () => {
    const first = { stream, optimizer, tasks: 1 };
    expect(await hashAfter({ ...first, strategy: replay({ capacity: 30, from: 'past' }) })).toBe(await hashAfter(first));
    expect(await hashAfter({ ...first, strategy: replay({ capacity: 30 }) })).not.toBe(await hashAfter(first));
  });

  it('keeps as many rows as it was told to, and the last ones of each class where it was told so', async () => {
    const held: Memory[] = [];
    const run = async (options: ReplayOptions) => {
      const own = replay(options);
      const learner = await learned({
        stream,
        optimizer,
        strategy: {
          ...own,
          init: (info) => {
            const state = own.init(info);
            held.push(state.memory);
            return state;
          },
        },
      });
      learner.dispose();
      return held.at(-1)!;
    };
    expect((await run({ capacity: 17 })).size).toBe(17);
    const perClass = await run({ perClass: 3 });
    expect([...perClass.labels()].sort()).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]);
  });
});
