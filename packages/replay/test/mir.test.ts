import { type Batch, type GraphContext, mapTree, sgd, zip } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { plain } from '../../../testing/watched.js';
import { type MirOptions, mir, replay } from '../src/index.js';

const badOptions = [
  { capacity: 0 },
  { capacity: undefined, perClass: 0.5 },
  { capacity: undefined, perTask: -1 },
  { batchSize: 0 },
  { candidates: 0 },
  { batchSize: 8, candidates: 7 },
  { from: 'now' },
];

strategyContract({
  create: (options) => mir({ capacity: 12, batchSize: 3, candidates: 8, from: 'past', ...options }),
  badOptions,
  goodOptions: [{ batchSize: undefined, candidates: undefined }, { batchSize: 8 }, { capacity: undefined, perClass: 2 }],
});

strategyContract({
  name: 'mir of the task at hand too',
  create: (options) => mir({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions,
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', rows: 20 });
const optimizer = sgd(0.1);

/** What the hook made of the batch of the stream at each step, and the loss of each candidate before and after a step on it alone. */
async function stepsOf(options: Omit<MirOptions, 'capacity'>) {
  const own = mir({ capacity: 40, ...options });
  const steps: { readonly chosen: number[]; readonly weights: number[]; readonly rises: ReadonlyMap<number, number> }[] = [];
  const batch: NonNullable<typeof own.batch> = (ctx, given, state, drawn) => {
    const joined = own.batch!(ctx, given, state, drawn);
    if (drawn) {
      const replayed = plain({ x: joined.x, weight: joined.weight }) as { x: number[][]; weight: number[] };
      const rows = given.weight.size;
      steps.push({
        chosen: replayed.x.slice(rows).map((x) => x[0]!),
        weights: replayed.weight.slice(rows),
        rises: risesOf(ctx, given, drawn),
      });
    }
    return joined;
  };
  const learner = await learned({ stream, optimizer, strategy: { ...own, batch }, learn: { epochs: 1, batchSize: 8 } });
  learner.dispose();
  return steps;
}

/** By the first value of a row: how much a step of 0.1 on the batch raises its loss. One row at a time. */
function risesOf(ctx: GraphContext, batch: Batch, drawn: Batch): ReadonlyMap<number, number> {
  const ahead = zip((p, g) => tf.sub(p, tf.mul(0.1, g)), ctx.parameters, ctx.gradientsOf(batch));
  const count = (plain(drawn.weight) as number[]).filter((weight) => weight > 0).length;
  return new Map(
    Array.from({ length: count }, (_, n) => {
      const row = mapTree((t) => tf.slice(t, [n, ...t.shape.slice(1).map(() => 0)], [1, ...t.shape.slice(1)]), drawn);
      const [before, after] = [ctx.parameters, ahead].map((at) => ctx.loss(ctx.forward(row.x, at), row).dataSync()[0]!);
      return [(plain(row.x) as number[][])[0]![0]!, after! - before!];
    }),
  );
}

describe('the rows that are replayed', () => {
  it('are those of the candidates whose loss a step on the batch alone would raise most', async () => {
    const steps = await stepsOf({ batchSize: 4, candidates: 20 });
    expect(steps).toHaveLength(14);
    for (const { chosen, rises } of steps) {
      const ordered = [...rises.values()].sort((a, b) => b - a);
      expect(new Set(chosen).size).toBe(4);
      chosen.forEach((mark, i) => {
        expect(rises.get(mark)).toBeCloseTo(ordered[i]!, 5);
      });
    }
    // There is something to choose from, and a step that is harmless for some rows.
    expect(steps.at(-1)!.rises.size).toBe(20);
    expect([...steps.at(-1)!.rises.values()].filter((rise) => rise < 0).length).toBeGreaterThan(0);
  });

  it('are five times as few as the candidates, unless told otherwise, and never padding while there are others', async () => {
    const steps = await stepsOf({});
    expect(steps.map(({ rises }) => rises.size).slice(0, 6)).toEqual([8, 16, 24, 32, 40, 40]);
    for (const { weights } of steps) expect(weights).toEqual(Array.from({ length: 8 }, () => 1));
    const few = await stepsOf({ batchSize: 12, candidates: 12 });
    expect(few[0]!.weights).toEqual([...Array.from({ length: 8 }, () => 1), 0, 0, 0, 0]);
  });
});

describe('in training', () => {
  it('where all candidates are replayed, it is experience replay', async () => {
    // What is drawn depends on the name.
    const strategy = { ...mir({ capacity: 30, batchSize: 8, candidates: 8 }), name: 'replay' };
    const expected = await weightsAfter({ stream, optimizer, strategy: replay({ capacity: 30, batchSize: 8 }) });
    expectClose(await weightsAfter({ stream, optimizer, strategy }), expected, { abs: 1e-5, rel: 1e-5 });
  });

  it('choosing makes a difference', async () => {
    const named = (candidates: number) => ({ ...mir({ capacity: 30, batchSize: 4, candidates }), name: 'replay' });
    expect(await hashAfter({ stream, optimizer, strategy: named(30) })).not.toBe(
      await hashAfter({ stream, optimizer, strategy: named(4) }),
    );
  });
});
