import { adam, type Batch, compose, dot, type GraphContext, map, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { plain, tidied } from '../../../testing/watched.js';
import { ewc } from '../../regularization/src/index.js';
import { type GemOptions, gem } from '../src/index.js';

strategyContract({
  create: (options) => gem({ perTask: 6, ...options }),
  badOptions: [{ perTask: 0 }, { perTask: 1.5 }, { margin: -0.1 }, { margin: Infinity }, { epsilon: -1 }, { on: 'loss' }],
  goodOptions: [{ on: 'gradients' }, { margin: 0 }, { epsilon: 0 }],
});

beforeAll(useCpu);

type On = NonNullable<GemOptions['on']>;
type Vector = readonly number[];

/** What becomes of a gradient beside the gradients of earlier tasks. Of an update, which goes the other way, −10 times as much is shown. */
function projected(g: Vector, past: readonly Vector[], options: Partial<GemOptions> = {}): number[] {
  return tidied(() => {
    const ctx = { gradientsOf: (k: unknown) => ({ w: tf.tensor1d([...past[k as number]!]) }) } as unknown as GraphContext;
    const memories = past.map((_, k) => k as unknown as Batch);
    const strategy = gem({ perTask: 1, margin: 0, epsilon: 0, ...options });
    const gradient = { w: tf.tensor1d([...g]) };
    if (strategy.gradients) return plain(strategy.gradients(ctx, gradient, {} as never, memories).w) as number[];
    const update = map((part) => tf.mul(-0.1, part), gradient);
    return plain(tf.mul(-10, strategy.updates!(ctx, update, {} as never, memories, gradient).w!)) as number[];
  });
}

const inner = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const length = (a: Vector) => Math.sqrt(inner(a, a));
const bothPlaces = ['updates', 'gradients'] as const;

describe('the projection', () => {
  it.each(bothPlaces)('by hand, on %s', (on) => {
    // v = 1/2: (1, 0) + (−1, 1) / 2.
    expectClose(projected([1, 0], [[-1, 1]], { on }), [1 / 2, 1 / 2]);
    // v = (4/9, 1/9).
    const past = [
      [-1, 1, 0],
      [-1, 0, 2],
    ];
    expectClose(projected([1, 0, 0], past, { on }), [4 / 9, 4 / 9, 2 / 9]);
    // With a margin of 1/2, v = (1/2, 1/2).
    expectClose(projected([1, 0, 0], past, { on, margin: 0.5, epsilon: 1e-3 }), [0, 1 / 2, 1]);
    const opposed = [
      [-1, 0],
      [0, -1],
    ];
    expectClose(projected([2, 1], opposed, { on }), [0, 0]);
    // One of two constraints is enough: with the first kept, the second is.
    expectClose(projected([1, 0.5, 0], [[-1, 0, 0], opposed[1]!.concat(0)], { on }), [0, 0, 0]);
  });

  it.each(bothPlaces)('leaves a step that does no harm as it is, whatever the margin, on %s', (on) => {
    // Powers of two, so that −0.1 and −10 round to what was there.
    const past = [
      [1, 0],
      [0, 1],
      [0, 0],
    ];
    const options = { on, margin: 0.5, epsilon: 1e-3 };
    if (on === 'gradients') expect(projected([3, 0], past, options)).toEqual([3, 0]);
    expectClose(projected([3, 0], past, options), [3, 0], { abs: 0, rel: 2e-7 });
  });

  it('drops what is there twice, and a gradient of 0', () => {
    expectClose(
      projected(
        [1, 0],
        [
          [-1, 1],
          [-2, 2],
          [0, 0],
          [-1, 1],
        ],
      ),
      [1 / 2, 1 / 2],
    );
  });

  const component = fc.integer({ min: -99, max: 99 }).map((n) => n / 16);
  const vector = fc.array(component, { minLength: 6, maxLength: 6 });
  const past = fc.array(vector, { minLength: 1, maxLength: 5 });
  const on = fc.constantFrom<On>(...bothPlaces);

  test.prop([on, vector, past])('keeps every promise; is idempotent; does not lengthen a step or turn it around', (on, g, past) => {
    const once = projected(g, past, { on });
    for (const each of past) expect(inner(once, each)).toBeGreaterThanOrEqual(-1e-4 * (1 + length(g) * length(each)));
    expect(length(once)).toBeLessThanOrEqual(length(g) * (1 + 1e-5));
    expect(inner(once, g)).toBeGreaterThanOrEqual(-1e-4 * (1 + inner(g, g)));
    expectClose(projected(once, past, { on }), once, { abs: 2e-3, rel: 1e-3 });
  });

  test.prop([vector, past, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 })])(
    'is the nearest of all that keep the promises',
    (g, past, weights) => {
      const nearest = projected(g, past);
      const far = length(g.map((value, i) => value - nearest[i]!));
      // Another point of the cone: from the nearest on, along the projection of some other direction.
      const other = projected(
        g.map((_, i) => weights.reduce((sum, weight, k) => sum + weight * (past[k]?.[i] ?? 0), 0)),
        past,
      );
      for (const feasible of [other, nearest.map((value, i) => value + 0.1 * other[i]!)]) {
        expect(far).toBeLessThanOrEqual(length(g.map((value, i) => value - feasible[i]!)) + 1e-3 * (1 + length(g)));
      }
    },
  );

  test.prop([vector, past, fc.constantFrom(2 ** -8, 0.5, 64)])('does not depend on how long the gradients are', (g, past, factor) => {
    const scaled = past.map((each, k) => (k % 2 === 0 ? each.map((value) => factor * value) : each));
    expectClose(projected(g, scaled), projected(g, past), { abs: 2e-3, rel: 1e-3 });
  });

  test.prop([vector, past])('with a margin, adds at least that much of every earlier gradient to a harmful step', (g, past) => {
    const harmful = past.some((each) => inner(g, each) < 0);
    const changed = projected(g, past, { margin: 0.5, epsilon: 1e-3, on: 'gradients' });
    // What was added lies in the cone of the earlier gradients, beyond half of their sum.
    const half = g.map((value, i) => value + 0.5 * past.reduce((sum, each) => sum + each[i]!, 0));
    if (!harmful) expect(changed).toEqual([...g]);
    else if (past.every((each) => inner(half, each) >= 0)) expectClose(changed, half, { abs: 1e-4, rel: 1e-4 });
  });
});

const stream = clouds({ scenario: 'task', rows: 20 });

/** GEM, and at each step how far its update goes up the loss of each earlier task: ⟨Δθ, gₖ⟩ over the lengths of both. */
function measuring(options: GemOptions) {
  const own = gem(options);
  const climbs: number[][] = [];
  const updates: NonNullable<typeof own.updates> = (ctx, proposed, state, memories, gradients) => {
    const final = own.updates ? own.updates(ctx, proposed, state, memories, gradients) : proposed;
    if (memories) {
      const past = memories.map((memory) => ctx.gradientsOf(memory));
      const climb = (g: (typeof past)[0]) => tf.divNoNan(dot(final, g), tf.sqrt(tf.mul(dot(final, final), dot(g, g))));
      climbs.push(past.map((g) => climb(g).dataSync()[0]!));
    }
    return final;
  };
  return { strategy: { ...own, updates }, climbs };
}

describe('under Adam', () => {
  // Shared outputs: what one cloud is called, another one, elsewhere, is called too.
  const conflicting = clouds({ scenario: 'domain', rows: 20 });
  const run = async (on: On) => {
    const { strategy, climbs } = measuring({ perTask: 20, margin: 0, epsilon: 0, on });
    const learner = await learned({ stream: conflicting, optimizer: adam(0.02), strategy });
    learner.dispose();
    return climbs;
  };

  it('no step goes up the loss of any earlier task where updates are projected', async () => {
    const climbs = await run('updates');
    // 10 steps a task, of which the second has one task before it and the third two.
    expect(climbs.map(({ length }) => length)).toEqual([...Array(10).fill(1), ...Array(10).fill(2)]);
    expect(Math.max(...climbs.flat())).toBeLessThan(1e-4);
    // And the constraints were active on some.
    expect(climbs.flat().filter((climb) => Math.abs(climb) < 1e-4).length).toBeGreaterThan(0);
  });

  it('some steps do where gradients are', async () => {
    expect(Math.max(...(await run('gradients')).flat())).toBeGreaterThan(0.01);
  });
});

describe('the memory', () => {
  it("is the last rows of each earlier task, in that task's own outputs", async () => {
    const own = gem({ perTask: 5 });
    const fed: { x: number[]; competing: number[][] }[][] = [];
    const feed: NonNullable<typeof own.feed> = (ctx, state) => {
      const memories = own.feed!(ctx, state);
      fed.push((memories ?? []).map(({ x, competing }) => ({ x: plain(x) as number[], competing: plain(competing) as number[][] })));
      return memories;
    };
    const learner = await learned({ stream, optimizer: sgd(0.1), strategy: { ...own, feed }, learn: { epochs: 1, batchSize: 8 } });
    learner.dispose();
    // 5 steps a task.
    expect(fed.map(({ length }) => length)).toEqual([...Array(5).fill(0), ...Array(5).fill(1), ...Array(5).fill(2)]);
    const [first, last] = [fed[5]!, fed.at(-1)!];
    expect(first[0]!.x).toHaveLength(5);
    // What was kept of the first task stays as it is.
    expect(last[0]).toEqual(first[0]);
    expect(last.map(({ competing }) => competing[0])).toEqual([
      [1, 1, 0, 0, 0, 0],
      [0, 0, 1, 1, 0, 0],
    ]);
  });
});

describe('a run', () => {
  const run = (on: On) => weightsAfter({ stream, optimizer: sgd(0.1), strategy: gem({ perTask: 10, on }) });

  it('is the same with projected gradients as with projected updates, under plain SGD', async () => {
    expectClose(await run('gradients'), await run('updates'), { abs: 2e-5, rel: 2e-5 });
  });

  it('with one earlier task, without margin and epsilon, is what A-GEM does on the same examples', async () => {
    const { agem } = await import('../src/index.js');
    const two = { stream, optimizer: sgd(0.1), tasks: 2 };
    const ours = await weightsAfter({ ...two, strategy: gem({ perTask: 10, margin: 0, epsilon: 0 }) });
    expectClose(ours, await weightsAfter({ ...two, strategy: agem({ perTask: 10, sample: 10 }) }), { abs: 1e-5, rel: 1e-5 });
  });

  it('of one task is fine-tuning, bit for bit', async () => {
    const first = { stream, optimizer: sgd(0.1), tasks: 1 };
    expect(await hashAfter({ ...first, strategy: gem({ perTask: 30 }) })).toBe(await hashAfter(first));
  });

  it('beside EWC, keeps its promise for the step of both', async () => {
    const { strategy, climbs } = measuring({ perTask: 20, margin: 0, epsilon: 0 });
    const learner = await learned({ stream, optimizer: sgd(0.1), strategy: compose(ewc({ lambda: 10 }), strategy) });
    learner.dispose();
    expect(Math.max(...climbs.flat())).toBeLessThan(1e-4);
  });
});
