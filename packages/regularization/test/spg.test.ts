import { adam, type BoundaryContext, type GraphContext, type ModelInfo, momentum, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, type TrialOptions, weightsAfter } from '../../../testing/toy.js';
import { countNumbers, plain, type Sight, tidied, watched } from '../../../testing/watched.js';
import { spg } from '../src/index.js';
import { passThrough } from '../src/spg.js';

strategyContract({
  create: (options) => spg(options),
  badOptions: [{ on: 'weights' }, { dropout: 0.5 }],
  goodOptions: [{ on: 'gradients' }, { dropout: false }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });

/** Importance that one head's summed gradients give. */
const importanceOf = (gradients: Weights): Record<string, number[]> =>
  tidied(
    () =>
      plain(
        spg().afterTask!({ parameters: {}, head: new Set() } as unknown as BoundaryContext, { importance: null, passes: null }, [
          tensorsOf(gradients),
        ]).importance,
      ) as Record<string, number[]>,
  );

/** What was seen where tasks ended. */
const ends = (sights: readonly Sight[]) => sights.filter(({ hook }) => hook === 'afterTask');

/** SPG's state with this importance. */
const state = (importance: NamedTensorMap, about: Pick<GraphContext, 'parameters' | 'head'>) => ({
  importance,
  passes: passThrough(importance, about),
});

/** What SPG makes of updates, with importance for the trunk's parameters alone. */
function masked(updates: Weights, importance: Weights): Record<string, number[]> {
  return tidied(() => {
    const head = new Set(Object.keys(updates).filter((name) => !(name in importance)));
    const ctx = { head, parameters: tensorsOf(updates) } as unknown as GraphContext;
    const known = tensorsOf(importance);
    return plain(spg().updates!(ctx, tensorsOf(updates), { importance: known, passes: passThrough(known, ctx) }, null, {})) as Record<
      string,
      number[]
    >;
  });
}

describe('importance', () => {
  it('is |tanh| of the standard score within a tensor, with the sample deviation', () => {
    // [1, 2, 3, 4]: mean 2.5, deviation √(5/3); [-3, 0, 0, 3, 10]: mean 2, deviation √24.5.
    expectClose(importanceOf({ a: [1, 2, 3, 4], b: [-3, 0, 0, 3, 10] }), {
      a: [0.821656, 0.369029, 0.369029, 0.821656],
      b: [0.765825, 0.383418, 0.383418, 0.199326, 0.924077],
    });
  });

  it('is 0 where there is nothing to tell entries apart', () => {
    const nothing = { zeros: [0, 0, 0], equal: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], single: [5], pair: [-0, 0] };
    expect(importanceOf(nothing)).toEqual(map2(nothing, () => 0));
  });

  const gradients = fc.array(
    fc.integer({ min: -9999, max: 9999 }).map((n) => n / 64),
    { minLength: 2, maxLength: 12 },
  );

  test.prop([gradients])('lies in [0, 1]', (w) => {
    for (const value of importanceOf({ w }).w!) expect(value >= 0 && value <= 1).toBe(true);
  });

  // Powers of two change no digit, and so not even a bit of the result.
  test.prop([gradients, fc.constantFrom(-1, 0.25, -32, 2 ** -90, 2 ** 90)])(
    'does not depend on the scale or the sign of gradients',
    (w, factor) => {
      expectClose(importanceOf({ w: w.map((value) => factor * value) }), importanceOf({ w }), { abs: 0, rel: 0 });
    },
  );

  it('never falls, and lies in [0, 1], task after task', async () => {
    const { strategy, sights } = watched(spg());
    const learner = await learned({ stream: clouds({ scenario: 'task', tasks: 5 }), optimizer: sgd(0.25), strategy });
    learner.dispose();
    const values = ends(sights).map(({ state }) => Object.values(state.importance as Weights).flat(2) as number[]);
    for (const [t, now] of values.entries()) {
      for (const [i, value] of now.entries()) expect(value >= (values[t - 1]?.[i] ?? 0) && value <= 1).toBe(true);
    }
    // The more heads have been asked, the tighter the masks.
    const means = values.map((all) => all.reduce((a, b) => a + b) / all.length);
    expect(means).toEqual([...means].sort((a, b) => a - b));
    expect(means[0]).toBeLessThan(0.7);
    expect(means.at(-1)).toBeGreaterThan(0.8);
  });

  it('is two numbers for each parameter of the trunk, and one for each tensor of the classifier', async () => {
    const { strategy, sights } = watched(spg());
    const learner = await learned({ stream, optimizer: sgd(0.25), strategy });
    learner.dispose();
    for (const { state, parameters } of ends(sights)) {
      const { 'head/kernel': kernel, 'head/bias': bias, ...trunk } = parameters;
      expect(Object.keys(state.importance)).toEqual(Object.keys(trunk));
      expect(countNumbers(state.importance)).toBe(countNumbers(trunk));
      expect(countNumbers(state)).toBe(2 * countNumbers(trunk) + 2);
      expect(countNumbers([kernel, bias])).toBeGreaterThan(0);
    }
  });

  it('is zero for parameters that came since then, which take whole steps', () => {
    const shares = tidied(() => {
      const parameters = tensorsOf({ old: [1, 2], added: [3, 4, 5], 'head/kernel': [6] });
      const ctx = { parameters, head: new Set(['head/kernel']) } as unknown as GraphContext;
      // What the learner makes of a record that has all parameters, where some are added.
      const passes = tensorsOf({ old: [0.75, 0.5], added: [0, 0, 0], 'head/kernel': [0.625] });
      return plain(spg().beforeTask!(ctx as never, { importance: tensorsOf({ old: [0.25, 0.5] }), passes }).passes) as Weights;
    });
    expect(shares).toEqual({ old: [0.75, 0.5], added: [1, 1, 1], 'head/kernel': 0.625 });
  });

  it('asks each old head once: tasks that share their outputs are one', async () => {
    const passes = async (scenario: 'task' | 'domain' | 'class') => {
      const { strategy, sights } = watched(spg());
      const learner = await learned({ stream: clouds({ scenario }), optimizer: sgd(0.25), strategy });
      learner.dispose();
      return ends(sights).map(({ summary }) => summary.length);
    };
    expect(await passes('task')).toEqual([1, 2, 3]);
    expect(await passes('class')).toEqual([1, 2, 3]);
    expect(await passes('domain')).toEqual([1, 2, 2]);
  });

  it('is measured with dropout, as the authors do, unless told otherwise', async () => {
    const measured = async (dropout: boolean, rate: number) => {
      const { strategy, sights } = watched(spg({ dropout }));
      const learner = await learned({ stream, optimizer: sgd(0), strategy, dropout: rate, tasks: 1 });
      learner.dispose();
      return ends(sights)[0]!.state.importance;
    };
    expect(await measured(true, 0.5)).not.toEqual(await measured(false, 0.5));
    expect(await measured(true, 0)).toEqual(await measured(false, 0));
    expect(await measured(false, 0.5)).toEqual(await measured(false, 0));
  });
});

describe('the soft mask', () => {
  it('lets 1 − importance of a step through, and 1 − the mean of all of it in every tensor of the classifier', () => {
    const updates = { w: [1, -2, 4], b: [8], 'head/kernel': [3, -5], 'head/bias': [16] };
    // The mean over all four entries is (0 + 0.5 + 1 + 0.5) / 4 = 0.5.
    expect(masked(updates, { w: [0, 0.5, 1], b: [0.5] })).toEqual({ w: [1, -1, 0], b: [4], 'head/kernel': [1.5, -2.5], 'head/bias': [8] });
  });

  it('of importance 0 is the identity, bit for bit; of importance 1 exactly 0', () => {
    const updates = { w: [0.1, -3e-30, 7e30].map(Math.fround), head: [Math.fround(0.3)] };
    expect(masked(updates, { w: [0, 0, 0] })).toEqual(updates);
    expect(map2(masked(updates, { w: [1, 1, 1] }), Math.abs)).toEqual({ w: [0, 0, 0], head: [0] });
  });

  const size = fc.float({ min: 0, max: 1, noNaN: true });
  const step = fc.float({ min: -10, max: 10, noNaN: true });
  test.prop([fc.array(fc.tuple(step, size), { minLength: 1, maxLength: 8 }), step])(
    'never turns a step around and never lengthens it',
    (pairs, head) => {
      const result = masked({ w: pairs.map(([u]) => u), head: [head] }, { w: pairs.map(([, importance]) => importance) });
      const after = [...result.w!, ...result.head!];
      for (const [i, before] of [...pairs.map(([u]) => u), head].entries()) {
        expect(Math.abs(after[i]!)).toBeLessThanOrEqual(Math.abs(before));
        expect(after[i]! * before).toBeGreaterThanOrEqual(0);
      }
    },
  );
});

describe('in training', () => {
  it('the first task is plain training, bit for bit', async () => {
    const options = { stream, optimizer: sgd(0.25), tasks: 1 };
    expect(await hashAfter({ ...options, strategy: spg() })).toBe(await hashAfter(options));
  });

  it('masking updates and masking gradients are the same under plain SGD', async () => {
    const weights = (on: 'updates' | 'gradients') => weightsAfter({ stream, optimizer: sgd(0.25), strategy: spg({ on }) });
    expectClose(await weights('gradients'), await weights('updates'), { abs: 1e-6, rel: 1e-6 });
  });

  it('under Adam a masked update is shorter; a masked gradient is not', async () => {
    // Importance 0.99 everywhere: one step of Adam at rate 0.001 moves each parameter by 0.001, whatever the size of its gradient.
    const optimizer = adam({ learningRate: 1e-3, epsilon: 1e-12 });
    const biases = async (options: Partial<TrialOptions>) =>
      (await weightsAfter({ stream, optimizer, tasks: 1, learn: { iterations: 1 }, ...options }))['dense0/bias'] as number[];
    const start = await biases({ tasks: 0 });
    const moved = async (on: 'updates' | 'gradients') => {
      const end = await biases({ strategy: { ...spg({ on }), init: (info: ModelInfo) => state(importance(0.99, 0.99), info) } });
      return Math.max(...start.map((value, i) => Math.abs(end[i]! - value)));
    };
    expect(await moved('updates')).toBeCloseTo(1e-5, 6);
    expect(await moved('gradients')).toBeCloseTo(1e-3, 5);
  });

  it.each([momentum(0.1), adam(0.01)])('a parameter of importance 1 keeps its bytes under $name, too', async (optimizer) => {
    const { scan, afterTask, ...only } = spg();
    const strategy = { ...only, init: (info: ModelInfo) => state(importance(1, 0), info) };
    const [before, after] = [await weightsAfter({ stream, optimizer, tasks: 0 }), await weightsAfter({ stream, optimizer, strategy })];
    expect(after['dense0/kernel']).toEqual(before['dense0/kernel']);
    expect(after['dense0/bias']).not.toEqual(before['dense0/bias']);
  });
});

const importance = (kernel: number, bias: number) => ({ 'dense0/kernel': tf.fill([6, 8], kernel), 'dense0/bias': tf.fill([8], bias) });

const map2 = <T extends Record<string, readonly number[]>>(tensors: T, f: (value: number) => number) =>
  Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, values.map(f)]));
