import { type AnyStrategy, adam, compose, type Model, sgd, type Task } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { type Nested, plain, tidied, watched } from '../../../testing/watched.js';
import { ewc } from '../../regularization/src/index.js';
import { type OgdOptions, ogd } from '../src/index.js';
import { orthonormal } from '../src/orthonormal.js';

strategyContract({
  create: (options) => ogd({ examples: 4, ...options }),
  badOptions: [{ examples: 0 }, { examples: 1.5 }, { outputs: 'loss' }, { capacity: 0 }, { on: 'loss' }],
  goodOptions: [{ on: 'gradients' }, { outputs: 'all' }, { outputs: 'average' }, { capacity: 3 }],
});

beforeAll(useCpu);

const inner = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));

/** Rows over two parameters of 3 and 2 numbers. */
const split = (rows: readonly (readonly number[])[]): NamedTensorMap => {
  const all = tf.tensor2d(rows.map((row) => [...row]));
  return { a: tf.slice(all, [0, 0], [-1, 3]), b: tf.slice(all, [0, 3], [-1, 2]) };
};
const whole = (parts: NamedTensorMap | null): number[][] => (parts ? (plain(tf.concat([parts.a!, parts.b!], 1)) as number[][]) : []);

describe('orthonormal rows', () => {
  const vector = fc.array(
    fc.integer({ min: -64, max: 64 }).map((n) => n / 16),
    { minLength: 5, maxLength: 5 },
  );

  test.prop([fc.array(vector, { minLength: 1, maxLength: 3 }), fc.array(vector, { minLength: 1, maxLength: 4 })])(
    'are orthonormal with those known, and span the rest of what was given',
    (known, given) => {
      tidied(() => {
        const first = orthonormal(split(known), null);
        const second = orthonormal(split(given), first);
        const rows = [...whole(first), ...whole(second)];
        rows.forEach((a, i) => {
          rows.forEach((b, j) => {
            expect(Math.abs(inner(a, b) - Number(i === j))).toBeLessThan(1e-5);
          });
        });
        for (const each of [...known, ...given]) {
          const rest = rows.reduce((left, row) => left.map((value, i) => value - inner(left, row) * row[i]!), each);
          expect(Math.sqrt(inner(rest, rest))).toBeLessThanOrEqual(4e-3 * (Math.sqrt(inner(each, each)) + 1e-6));
        }
      });
    },
  );

  it('leaves out zeros and what is there twice', () => {
    tidied(() => {
      const e1 = [1, 0, 0, 0, 0];
      expect(whole(orthonormal(split([[0, 0, 0, 0, 0]]), null))).toEqual([]);
      expect(whole(orthonormal(split([e1, [3, 0, 0, 0, 0], [1, 0, 0, 0, 2]]), null))).toEqual([e1, [0, 0, 0, 0, 1]]);
      expect(whole(orthonormal(split([[-2, 0, 0, 0, 0]]), split([e1])))).toEqual([]);
    });
  });
});

const stream = clouds({ scenario: 'domain', rows: 20 });
type Sight = { directions: Record<string, Nested[]>; counts: number[] };

/** The directions of a sight as long rows. */
const rowsOf = ({ directions, counts }: Sight): number[][] =>
  Array.from({ length: counts.reduce((a, b) => a + b, 0) }, (_, i) => Object.values(directions).flatMap((part) => flat(part[i]!)));

/** OGD on a stream: what it held after each task, and each step's update. */
async function run(options: OgdOptions, scenario: 'domain' | 'task' = 'domain', optimizer = sgd(0.1), before: AnyStrategy = compose()) {
  const own = ogd(options);
  const steps: { update: number[]; before: number[]; rows: number[][] }[] = [];
  const names: string[][] = [];
  const looking = {
    ...own,
    updates: ((ctx, proposed, state, feed, gradients) => {
      const final = own.updates ? own.updates(ctx, proposed, state, feed, gradients) : proposed;
      const held = plain(state) as Sight;
      if (held.directions) {
        names.push(Object.keys(held.directions));
        const over = (step: NamedTensorMap) => Object.keys(held.directions).flatMap((name) => flat(plain(step[name]) as Nested));
        steps.push({ update: over(final), before: over(proposed), rows: rowsOf(held) });
      }
      return final;
    }) as NonNullable<typeof own.updates>,
  };
  const { strategy, sights } = watched(looking);
  const learner = await learned({ stream: clouds({ scenario, rows: 20 }), optimizer, strategy: compose(before as never, strategy) });
  learner.dispose();
  return { steps, names, states: sights.filter(({ hook }) => hook === 'afterTask').map(({ state }) => state as Sight) };
}

describe('a step', () => {
  it.each([sgd(0.1), adam(0.02)])('is orthogonal to every direction, under any optimizer', async (optimizer) => {
    const { steps } = await run({ examples: 6, outputs: 'all' }, 'domain', optimizer);
    expect(steps).toHaveLength(20);
    for (const { update, before, rows } of steps) {
      const length = Math.sqrt(inner(before, before));
      for (const row of rows) expect(Math.abs(inner(update, row))).toBeLessThan(1e-5 * length);
      expect(Math.sqrt(inner(update, update))).toBeLessThanOrEqual(length * (1 + 1e-6));
      expect(inner(update, before)).toBeGreaterThanOrEqual(0);
    }
    // It did something.
    expect(steps.some(({ update, before }) => inner(update, before) < 0.9 * inner(before, before))).toBe(true);
  });

  it('beside EWC is orthogonal too, and another one', async () => {
    const [alone, both] = [await run({ examples: 6 }), await run({ examples: 6 }, 'domain', sgd(0.1), ewc({ lambda: 10 }))];
    for (const { update, before, rows } of both.steps) {
      for (const row of rows) expect(Math.abs(inner(update, row))).toBeLessThan(1e-5 * Math.sqrt(inner(before, before)));
    }
    expect(both.steps.at(-1)!.update).not.toEqual(alone.steps.at(-1)!.update);
  });

  it('is orthogonal too where the network has grown: old directions are zero in what is new', async () => {
    const growing = {
      name: 'growing',
      wrap: (model: Model, tasks: readonly Task[]): Model => ({
        ...model,
        parameters: {
          ...model.parameters,
          ...Object.fromEntries(tasks.map(({ index }) => [`scale${index}`, { shape: [6], role: 'trunk', initializer: 'ones' } as const])),
        },
        apply: (all, x, how) => model.apply(all, tf.mul(x as tf.Tensor, all[`scale${tasks.length - 1}`] ?? 1), how),
      }),
      init: () => ({}),
    };
    const { steps, states } = await run({ examples: 6 }, 'domain', sgd(0.1), growing as never);
    expect(steps).toHaveLength(20);
    for (const { update, before, rows } of steps) {
      for (const row of rows) expect(Math.abs(inner(update, row))).toBeLessThan(1e-5 * Math.sqrt(inner(before, before)));
    }
    const { scale2 } = states.at(-1)!.directions as Record<string, number[][]>;
    const old = states[1]!.counts.reduce((a, b) => a + b, 0);
    expect(scale2!.length).toBeGreaterThan(old);
    expect(scale2!.map((row) => row.some((value) => value !== 0))).toEqual(scale2!.map((_, i) => i >= old));
  });

  it('projected on gradients is that on updates, under plain SGD', async () => {
    const weights = (on: 'updates' | 'gradients') => weightsAfter({ stream, optimizer: sgd(0.1), strategy: ogd({ examples: 8, on }) });
    expectClose(await weights('gradients'), await weights('updates'), { abs: 1e-5, rel: 1e-5 });
  });

  it('of the first task is that of fine-tuning, bit for bit', async () => {
    const first = { stream, optimizer: sgd(0.1), tasks: 1 };
    expect(await hashAfter({ ...first, strategy: ogd() })).toBe(await hashAfter(first));
  });
});

describe('what is kept', () => {
  it('is orthonormal over all tasks; one direction an example, or one for each output', async () => {
    const one = await run({ examples: 6 });
    expect(one.states.map(({ counts }) => counts)).toEqual([[6], [6, 6], [6, 6, 6]]);
    // Two outputs compete in every task of this stream.
    const all = await run({ examples: 3, outputs: 'all' });
    expect(all.states[0]!.counts).toEqual([6]);
    for (const { states } of [one, all]) {
      const rows = rowsOf(states.at(-1)!);
      rows.forEach((a, i) => {
        rows.forEach((b, j) => {
          expect(Math.abs(inner(a, b) - Number(i === j))).toBeLessThan(1e-5);
        });
      });
    }
  });

  it('is at most `capacity`, as much of each task', async () => {
    const { states } = await run({ examples: 6, capacity: 8 });
    expect(states.map(({ counts }) => counts)).toEqual([[6], [4, 4], [3, 3, 2]]);
    // The first ones of a task are those that stay.
    expectClose(rowsOf(states[2]!).slice(0, 3), rowsOf(states[0]!).slice(0, 3), { abs: 0, rel: 0 });
  });

  it('is over the parameters that tasks share', async () => {
    const shared = await run({ examples: 3 });
    expect(shared.names[0]).toEqual(['dense0/kernel', 'dense0/bias', 'head/kernel', 'head/bias']);
    const separate = await run({ examples: 3 }, 'task');
    expect(separate.names[0]).toEqual(['dense0/kernel', 'dense0/bias']);
  });
});
