import { adam, type Batch, dot, type GraphContext, type Memory, reservoir, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { plain, tidied } from '../../../testing/watched.js';
import { type AgemOptions, agem } from '../src/index.js';

strategyContract({
  create: (options) => agem({ capacity: 12, ...options }),
  badOptions: [
    { capacity: 0 },
    { capacity: undefined, perClass: 0.5 },
    { capacity: undefined, perTask: -1 },
    { sample: 0 },
    { sample: 1.5 },
    { on: 'loss' },
  ],
  goodOptions: [{ on: 'gradients' }, { sample: 3 }, { capacity: undefined, perClass: 2 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task', rows: 20 });
type On = NonNullable<AgemOptions['on']>;

/** What becomes of a step (a gradient, or an update) beside a reference gradient. */
function projected(on: On, step: readonly number[], reference: readonly number[]): number[] {
  return tidied(() => {
    const ctx = { gradientsOf: () => ({ w: tf.tensor1d([...reference]) }) } as unknown as GraphContext;
    const strategy = agem({ capacity: 1, on });
    const given = { w: tf.tensor1d([...step]) };
    return plain(strategy[on]!(ctx, given, {} as never, {} as Batch, given).w) as number[];
  });
}

const inner = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const length = (a: readonly number[]) => Math.sqrt(inner(a, a));

describe('the projection', () => {
  it('takes the part against the reference out of a gradient, the part along it out of an update', () => {
    // g − ⟨g, r⟩ / ⟨r, r⟩ r = (1, 0, 0) + 1/2 · (−1, 1, 0).
    expect(projected('gradients', [1, 0, 0], [-1, 1, 0])).toEqual([0.5, 0.5, 0]);
    expect(projected('updates', [-1, 0, 0], [-1, 1, 0])).toEqual([-0.5, -0.5, 0]);
  });

  it('leaves a step that does no harm as it is, also one that is just orthogonal, and any where the reference is 0', () => {
    for (const step of [
      [1, 2],
      [1, 1],
    ])
      expect(projected('gradients', step, [1, -1 / 2])).toEqual(step);
    expect(projected('gradients', [3, 5], [5, -3])).toEqual([3, 5]);
    for (const on of ['updates', 'gradients'] as const) expect(projected(on, [3, -5], [0, 0])).toEqual([3, -5]);
  });

  const vector = fc.array(
    fc.integer({ min: -99, max: 99 }).map((n) => n / 16),
    { minLength: 4, maxLength: 4 },
  );
  const on = fc.constantFrom<On>('updates', 'gradients');

  test.prop([on, vector, vector])(
    'keeps the promise, is idempotent, does not lengthen a step and does not turn it around',
    (on, step, reference) => {
      const sign = on === 'updates' ? -1 : 1;
      const once = projected(on, step, reference);
      const small = 1e-5 * (1 + length(step) * length(reference));
      expect(sign * inner(once, reference)).toBeGreaterThanOrEqual(-small);
      if (sign * inner(step, reference) < 0) expect(Math.abs(inner(once, reference))).toBeLessThanOrEqual(small);
      expect(length(once)).toBeLessThanOrEqual(length(step) * (1 + 1e-6));
      expect(inner(once, step)).toBeGreaterThanOrEqual(-small);
      expectClose(projected(on, once, reference), once, { abs: 1e-4, rel: 1e-5 });
    },
  );

  test.prop([on, vector, vector, fc.constantFrom(2 ** -12, 0.5, 1024)])(
    'does not depend on the length of the reference',
    (on, step, reference, factor) => {
      const scaled = reference.map((value) => factor * value);
      expectClose(projected(on, step, scaled), projected(on, step, reference), { abs: 1e-6, rel: 1e-6 });
    },
  );

  test.prop([on, vector, vector])('is the nearest step that keeps the promise', (on, step, reference) => {
    const sign = on === 'updates' ? -1 : 1;
    const once = projected(on, step, reference);
    const far = length(step.map((value, i) => value - once[i]!));
    // The distance from a half-space is the part that sticks out of it.
    expect(far).toBeCloseTo(Math.max(0, -sign * inner(step, reference)) / (length(reference) || 1), 3);
  });
});

/** A-GEM, and at each step how far its update goes up the reference loss: ⟨Δθ, g_ref⟩ over the lengths of both. */
function measuring(options: AgemOptions) {
  const own = agem(options);
  const climbs: number[] = [];
  const updates: NonNullable<typeof own.updates> = (ctx, proposed, state, sampled, gradients) => {
    const final = own.updates ? own.updates(ctx, proposed, state, sampled, gradients) : proposed;
    if (sampled) {
      const reference = ctx.gradientsOf(sampled);
      const size = tf.sqrt(tf.mul(dot(final, final), dot(reference, reference)));
      climbs.push(tf.divNoNan(dot(final, reference), size).dataSync()[0]!);
    }
    return final;
  };
  return { strategy: { ...own, updates }, climbs };
}

describe('under Adam', () => {
  // Shared outputs: what one cloud is called, another one, elsewhere, is called too.
  const conflicting = clouds({ scenario: 'domain', rows: 20 });
  const run = async (on: On) => {
    const { strategy, climbs } = measuring({ capacity: 60, sample: 20, on });
    const learner = await learned({ stream: conflicting, optimizer: adam(0.02), strategy });
    learner.dispose();
    return climbs;
  };

  it('no step goes up the reference loss where updates are projected', async () => {
    const climbs = await run('updates');
    expect(climbs.length).toBe(20);
    expect(Math.max(...climbs)).toBeLessThan(1e-5);
    // And the constraint was active on some.
    expect(climbs.filter((climb) => Math.abs(climb) < 1e-5).length).toBeGreaterThan(0);
  });

  it('some steps do where gradients are', async () => {
    expect(Math.max(...(await run('gradients')))).toBeGreaterThan(0.01);
  });
});

describe('the memory', () => {
  /** A memory that says what was drawn from it. */
  const spied = (drawn: { tasks: number[]; values: number[] }[]) => (): Memory => {
    const own = reservoir({ capacity: 25 });
    const draw: Memory['draw'] = (random, count, keep) => {
      const rows = own.draw(random, count, keep);
      if (rows)
        drawn.push({
          tasks: [...rows.task],
          values: Array.from({ length: rows.count }, (_, i) => (rows.x as { values: Float32Array }).values[6 * i]!),
        });
      return rows;
    };
    return Object.assign(Object.create(own) as Memory, { draw });
  };

  it('gives rows of past tasks only, each at most once, all of them where there are no more', async () => {
    const drawn: { tasks: number[]; values: number[] }[] = [];
    const learner = await learned({
      stream,
      optimizer: sgd(0.1),
      strategy: agem({ memory: spied(drawn), sample: 20 }),
      learn: { epochs: 1, batchSize: 8 },
    });
    learner.dispose();
    // 5 steps a task, with none for the first.
    expect(drawn).toHaveLength(10);
    expect(new Set(drawn.slice(0, 5).flatMap(({ tasks }) => tasks))).toEqual(new Set([0]));
    expect(new Set(drawn.slice(5).flatMap(({ tasks }) => tasks))).toEqual(new Set([0, 1]));
    for (const { values } of drawn) expect(new Set(values).size).toBe(values.length);
    expect(drawn[0]!.values).toHaveLength(20);
    // Rows of the second task take places of the first's.
    expect(drawn[4]!.values.length).toBeLessThan(20);
  });

  it('rows of each task go through their own outputs', async () => {
    // In the third task, the reference gradient reaches the outputs of the first and the second, and no other.
    const reached: number[][] = [];
    const own = agem({ capacity: 40, sample: 40 });
    const updates: NonNullable<typeof own.updates> = (ctx, proposed, state, sampled, gradients) => {
      if (sampled && ctx.past.length === 2) reached.push(plain(ctx.gradientsOf(sampled)['head/bias']) as number[]);
      return own.updates!(ctx, proposed, state, sampled, gradients);
    };
    const learner = await learned({ stream, optimizer: sgd(0.1), strategy: { ...own, updates } });
    learner.dispose();
    expect(reached.length).toBeGreaterThan(0);
    for (const bias of reached) {
      expect(bias.slice(4)).toEqual([0, 0]);
      for (const value of bias.slice(0, 4)) expect(Math.abs(value)).toBeGreaterThan(0);
      // Within a task's softmax, gradients sum to 0.
      expect(bias[0]! + bias[1]!).toBeCloseTo(0, 6);
    }
  });

  it('that takes nothing in makes it fine-tuning, bit for bit; and so is the first task', async () => {
    const nothing = () => Object.assign(Object.create(reservoir({ capacity: 1 })) as Memory, { add: () => undefined });
    const optimizer = sgd(0.1);
    expect(await hashAfter({ stream, optimizer, strategy: agem({ memory: nothing }) })).toBe(await hashAfter({ stream, optimizer }));
    const first = { stream, optimizer, tasks: 1 };
    expect(await hashAfter({ ...first, strategy: agem({ capacity: 30 }) })).toBe(await hashAfter(first));
  });
});

describe('under plain SGD', () => {
  it('projecting gradients and projecting updates are the same', async () => {
    const weights = (on: On) => weightsAfter({ stream, optimizer: sgd(0.1), strategy: agem({ capacity: 30, on }) });
    expectClose(await weights('gradients'), await weights('updates'), { abs: 1e-5, rel: 1e-5 });
  });
});
