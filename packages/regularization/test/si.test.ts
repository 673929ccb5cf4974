import { type AnyStrategy, adam, compose, defineStrategy, type GraphContext, Learner, map, named, sgd, zip } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { countNumbers, plain, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { derpp, replay } from '../../replay/src/index.js';
import { ewc, type SiOptions, si, spg } from '../src/index.js';
import { penaltyAt } from './penalty.js';

strategyContract({
  create: (options) => si({ c: 0.5, ...options }),
  badOptions: [{ c: -1 }, { c: '1' }, { xi: 0 }, { xi: -1 }, { gradient: 'tasks' }, { relu: 1 }],
  goodOptions: [{ gradient: 'total', relu: false }, { c: 0 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });

/** SI, and what it held at the end of each task: before and after it consolidated. */
function integrating(options: SiOptions = {}) {
  const own = si(options);
  const ends: { readonly path: Weights; readonly anchor: Weights; readonly parameters: Weights; importance: Weights }[] = [];
  const afterTask: typeof own.afterTask = (ctx, state, summary) => {
    const next = own.afterTask!(ctx, state, summary);
    const { path, anchor } = plain(state) as { path: Weights; anchor: Weights };
    ends.push({ path, anchor, parameters: plain(ctx.parameters) as Weights, importance: plain(next.importance) as Weights });
    return next;
  };
  return { strategy: { ...own, afterTask }, ends };
}

const numbersOf = (weights: Weights): number[] => Object.values(weights).flat(3) as number[];
const sum = (weights: Weights): number => numbersOf(weights).reduce((a, b) => a + b);

it('its penalty and its gradient are 0 at the anchor, and c Σ Ω (θ − θ̃)² elsewhere, without a ½', () => {
  tidied(() => {
    const state = { path: {}, importance: tensorsOf({ w: [0.5, 2, 0] }), anchor: tensorsOf({ w: [1, -2, 3] }) };
    expect(penaltyAt(si({ c: 3 }), state, { w: [1, -2, 3] })).toEqual({ value: 0, gradient: { w: [0, 0, 0] } });
    // 3 · (0.5 · 1² + 2 · 0.5² + 0 · 9²) = 3, gradient 2 · 3 · Ω · (θ − θ̃).
    expect(penaltyAt(si({ c: 3 }), state, { w: [2, -1.5, 12] })).toEqual({ value: 3, gradient: { w: [3, 6, 0] } });
  });
});

describe('ω', () => {
  it('adds up to the fall of the loss, the more exactly the smaller the steps', async () => {
    const [task] = clouds({ scenario: 'domain', tasks: 1 }).tasks;
    /** What Σ ω misses, of the fall. */
    const missed = async (rate: number) => {
      const { strategy, ends } = integrating();
      const learner = new Learner({
        model: mlp({ inputs: 6, hidden: [8], outputs: 2 }),
        optimizer: sgd(rate),
        scenario: 'domain',
        strategy,
      });
      const loss = async () => (await learner.evaluate(task!, { on: 'train' })).loss!;
      const before = await loss();
      await learner.learn(task!, { iterations: Math.round(4 / rate), batchSize: task!.train.length });
      const fall = before - (await loss());
      learner.dispose();
      expect(fall).toBeGreaterThan(0.1);
      return Math.abs(sum(ends[0]!.path) / fall - 1);
    };
    const [coarse, fine] = [await missed(0.2), await missed(0.02)];
    expect(coarse).toBeGreaterThan(0.005);
    // The error is of first order in the step.
    expect(fine).toBeLessThan(coarse / 5);
  });

  it('is 0 for a parameter whose gradient is 0 all the time', async () => {
    const { strategy, ends } = integrating();
    // The outputs of later tasks do not compete in the first one.
    (await learned({ stream, optimizer: adam(0.01), strategy, tasks: 1 })).dispose();
    const { path, importance } = ends[0]!;
    for (const weights of [path, importance]) {
      const bias = weights['head/bias'] as number[];
      expect(bias.slice(2)).toEqual([0, 0, 0, 0]);
      expect(bias.slice(0, 2)).not.toContain(0);
    }
  });

  it("is made of the task's gradient alone, whatever terms are beside it, and of what was really added", async () => {
    /** −Σ g δθ with the gradient taken anew. */
    const reference = () => {
      const paths: Weights[] = [];
      const strategy = defineStrategy({
        name: 'reference',
        init: ({ parameters }) => ({ path: map(tf.zerosLike, parameters) }),
        track: (ctx, { before, after, forward }, { path }) => ({
          path: zip(
            (a, g, name) => tf.sub(a, tf.mul(g, tf.sub(named(after, name), named(before, name)))),
            path,
            ctx.gradientsOf(forward.batch),
          ),
        }),
        afterTask: (_ctx, { path }) => {
          paths.push(plain(path) as Weights);
          return { path: map(tf.zerosLike, path) };
        },
      });
      return { strategy, paths };
    };
    /** A term that looks at the outputs, so that the task's gradient takes a second pass. */
    const shrinking = defineStrategy({
      name: 'shrinking',
      init: () => ({}),
      loss: (_ctx, { outputs }) => tf.mul(0.1, tf.mean(tf.square(outputs))) as tf.Scalar,
    });
    for (const other of [ewc({ lambda: 2 }), shrinking, spg(), replay({ capacity: 20 }), derpp({ capacity: 20 })] as AnyStrategy[]) {
      const [own, again] = [integrating({ c: 1 }), reference()];
      const strategy = compose(own.strategy, other as typeof shrinking, again.strategy);
      (await learned({ stream, optimizer: adam(0.01), strategy })).dispose();
      expect(own.ends).toHaveLength(3);
      const paths = own.ends.map(({ path }) => path);
      expectClose(paths, again.paths, { abs: 1e-7, rel: 1e-5 }, `beside ${other.name}`);
    }
  });

  it('of the whole loss differs from that of the task once there is a penalty', async () => {
    const [task, total] = [integrating({ c: 1 }), integrating({ c: 1, gradient: 'total' })];
    for (const { strategy } of [task, total]) (await learned({ stream, optimizer: sgd(0.1), strategy, tasks: 2 })).dispose();
    expect(total.ends[0]!.path).toEqual(task.ends[0]!.path);
    expect(sum(total.ends[1]!.path)).not.toBeCloseTo(sum(task.ends[1]!.path), 4);
  });
});

describe('Ω', () => {
  it('gains ω / (distance² + ξ) from a task, and is cut at 0 as a sum, unless told otherwise', () => {
    const after = (relu: boolean) =>
      tidied(() => {
        const state = {
          path: tensorsOf({ w: [-0.6, -0.6, 0.3] }),
          importance: tensorsOf({ w: [0.5, 0.25, 0.125] }),
          anchor: tensorsOf({ w: [1, 1, 1] }),
        };
        const ctx = { parameters: tensorsOf({ w: [2, 2, 1] }) } as GraphContext;
        return plain(si({ xi: 0.5, relu }).afterTask!(ctx as never, state, null as never)) as { importance: Weights; path: Weights };
      });
    // −0.6 / (1 + 0.5) = −0.4 twice, 0.3 / 0.5 = 0.6.
    expectClose(after(true).importance, { w: [0.1, 0, 0.725] });
    expectClose(after(false).importance, { w: [0.1, -0.15, 0.725] });
    expect(after(true).path).toEqual({ w: [0, 0, 0] });
  });

  it('of outputs that are added between tasks counts their way from where they began, not from 0', async () => {
    const { strategy, ends } = integrating({ xi: 0.01 });
    const learner = new Learner({ model: mlp({ inputs: 6, hidden: [8], outputs: 2 }), optimizer: sgd(0.1), scenario: 'class', strategy });
    const [first, second] = clouds({ scenario: 'class' }).tasks;
    await learner.learn(first!, { batchSize: 8 });
    learner.grow(2);
    const begun = tidied(() => plain(learner.parameters()) as Weights);
    await learner.learn(second!, { batchSize: 8 });
    learner.dispose();
    expect(ends[1]!.anchor).toEqual(begun);
  });
});

describe('in training', () => {
  it('c = 0 is fine-tuning, and the first task is plain training, bit for bit', async () => {
    const finetuned = { stream, optimizer: adam(0.01) };
    for (const gradient of ['task', 'total'] as const)
      expect(await hashAfter({ ...finetuned, strategy: si({ c: 0, gradient }) })).toBe(await hashAfter(finetuned));
    expect(await hashAfter({ ...finetuned, tasks: 1, strategy: si({ c: 9 }) })).toBe(await hashAfter({ ...finetuned, tasks: 1 }));
  });

  it('keeps three numbers a parameter, however many tasks', async () => {
    const { strategy, sights } = watched(si());
    (await learned({ stream, optimizer: sgd(0.1), strategy })).dispose();
    const parameters = countNumbers(sights[0]!.parameters);
    const ends = sights.filter(({ hook }) => hook === 'afterTask');
    expect(ends.map(({ state }) => countNumbers(state))).toEqual(stream.tasks.map(() => 3 * parameters));
  });
});
