import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type AnyStrategy, type Composition, compose, defineStrategy, map, reservoir, zip } from '../../src/index.js';
import { neutral } from '../../src/testing/index.js';
import { expectClose, HOW, onCpu, tasks, valuesOf, withLearner } from '../learner/support.js';

onCpu();

const composed = (...parts: readonly AnyStrategy[]): AnyStrategy => compose(...(parts as readonly never[])) as unknown as AnyStrategy;

/** Adds a term to the loss: pulls one parameter to a value. */
const pull = (name: string, parameter: string, strength: number): AnyStrategy =>
  defineStrategy({
    name,
    init: () => ({}),
    loss: (ctx) => tf.mul(strength, tf.sum(tf.squaredDifference(ctx.parameters[parameter]!, 0.5))) as tf.Scalar,
  });

/** Scales what it gets, and adds to it: order matters. */
const affine = (name: string, hook: 'updates' | 'gradients', scale: number, shift: number): AnyStrategy =>
  ({
    name,
    init: () => ({}),
    [hook]: (_ctx: unknown, values: tf.NamedTensorMap) => map((value) => tf.add(tf.mul(value, scale), shift), values),
  }) as AnyStrategy;

/** Draws, in the graph and on the host, and remembers. */
const noisy = (name: string): AnyStrategy =>
  defineStrategy({
    name,
    init: () => ({ memory: reservoir({ capacity: 5 }) }),
    feed: (ctx, { memory }) => {
      const rows = memory.draw(ctx.random, 2);
      return rows && ctx.batch(rows, 2);
    },
    loss: (ctx, _forward, _state, fed) => fed && (tf.mul(0.1, ctx.loss(ctx.forward(fed.x), fed)) as tf.Scalar),
    updates: (ctx, updates) => map((update) => tf.mul(update, tf.add(0.5, ctx.uniform(update.shape))), updates),
    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });

/** Parameters after a task, small enough to be run many times. */
const trained = (strategy: AnyStrategy): Promise<Record<string, number[]>> =>
  withLearner({ strategy }, async (learner) => {
    await learner.learn(tasks[0], { iterations: 3, batchSize: 4 });
    return valuesOf(learner);
  });

const anyStrategy = (name: string): fc.Arbitrary<AnyStrategy> => {
  const factor = fc.double({ min: 0.5, max: 1.5, noNaN: true });
  return fc.oneof(
    fc.tuple(fc.constantFrom('dense0/kernel', 'head/bias'), factor).map(([parameter, strength]) => pull(name, parameter, strength)),
    fc
      .tuple(fc.constantFrom('updates' as const, 'gradients' as const), factor, fc.double({ min: -0.01, max: 0.01, noNaN: true }))
      .map(([hook, scale, shift]) => affine(name, hook, scale, shift)),
    fc.constant(noisy(name)),
    fc.constant(neutral(name) as unknown as AnyStrategy),
  );
};

describe('the laws of compose', () => {
  test.prop([anyStrategy('a')], { numRuns: 12 })('identity: nothing added changes nothing, bit for bit', async (a) => {
    const alone = await trained(a);
    expect(await trained(composed(a))).toEqual(alone);
    expect(await trained(composed(compose(), a))).toEqual(alone);
    expect(await trained(composed(a, neutral()))).toEqual(alone);
  });

  test.prop([anyStrategy('a'), anyStrategy('b'), anyStrategy('c')], { numRuns: 12 })(
    'associativity: brackets do not matter, bit for bit',
    async (a, b, c) => {
      expect(await trained(composed(composed(a, b), c))).toEqual(await trained(composed(a, composed(b, c))));
    },
  );

  test.prop([fc.double({ min: 0.1, max: 1, noNaN: true }), fc.double({ min: 0.1, max: 1, noNaN: true })], { numRuns: 8 })(
    'commutativity of strategies that only add to the loss, up to rounding',
    async (x, y) => {
      const [a, b] = [pull('a', 'dense0/kernel', x), pull('b', 'head/bias', y)];
      expectClose(await trained(composed(a, b)), await trained(composed(b, a)), 6);
    },
  );

  it('compose() is plain fine-tuning', async () => {
    const plain = await withLearner({}, async (learner) => {
      await learner.learn(tasks[0], { iterations: 3, batchSize: 4 });
      return valuesOf(learner);
    });
    expect(await trained(compose() as unknown as AnyStrategy)).toEqual(plain);
    expect(compose().name).toBe('finetune');
  });

  it('updates and gradients pass through from left to right', async () => {
    for (const hook of ['updates', 'gradients'] as const) {
      const [a, b] = [affine('a', hook, 2, 0), affine('b', hook, 1, 0.01)];
      const both = await trained(composed(a, b));
      const byHand = { ...affine('c', hook, 2, 0.01) };
      expectClose(both, await trained(byHand), 6);
      expect(both).not.toEqual(await trained(composed(b, a)));
    }
  });

  it('loss terms add up', async () => {
    const both = await trained(composed(pull('a', 'head/bias', 0.3), pull('b', 'head/bias', 0.4)));
    expectClose(both, await trained(pull('c', 'head/bias', 0.7)), 6);
  });

  it('claims, requirements and options of a composition are those of its parts', () => {
    const a = defineStrategy({ name: 'a', claims: ['direction'], requires: ['boundaries'], options: { x: 1 }, init: () => ({}) });
    const b = defineStrategy({
      name: 'b',
      claims: ['prediction'],
      requires: ['boundaries', 'sites'],
      wants: ['outputs'],
      init: () => ({}),
    });
    expect(compose(a, b)).toMatchObject({
      name: 'a+b',
      claims: ['direction', 'prediction'],
      requires: ['boundaries', 'sites'],
      wants: ['outputs'],
      options: { a: { x: 1 }, b: {} },
    });
    expect(compose(compose(a), b).parts.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('has a hook only where a part has it', () => {
    const hooks = (strategy: AnyStrategy) =>
      Object.keys(strategy).filter((key) => typeof strategy[key as keyof AnyStrategy] === 'function');
    expect(hooks(compose() as unknown as AnyStrategy)).toEqual(['init']);
    expect(hooks(composed(pull('a', 'head/bias', 1), affine('b', 'updates', 1, 0))).sort()).toEqual(['init', 'loss', 'updates']);
  });

  it('effective and at pass through all parts, and wrap too', async () => {
    const scale = (name: string, by: number) =>
      defineStrategy({
        name,
        init: () => ({}),
        effective: (_ctx, parameters) => map((parameter) => tf.mul(parameter, by), parameters),
        at: (_ctx, _site, value) => tf.mul(value, by),
      });
    expectClose(await trained(composed(scale('a', 0.5), scale('b', 2))), await trained(compose() as unknown as AnyStrategy), 6);
    const wrapped: string[] = [];
    const wrapper = (name: string, claims: readonly 'architecture'[] = []) =>
      defineStrategy({
        name,
        claims,
        init: () => ({}),
        wrap: (model) => {
          wrapped.push(`${name} around ${model.name}`);
          return { ...model, name };
        },
      });
    await withLearner({ strategy: composed(wrapper('inner', ['architecture']), wrapper('outer')) }, (learner) =>
      expect(learner.model.name).toBe('outer'),
    );
    expect(wrapped).toEqual(['inner around tiny-mlp', 'outer around inner']);
  });
});

describe('draws', () => {
  /** Which rows a memory strategy replays, by step. */
  async function replayed(...others: readonly AnyStrategy[]): Promise<string[]> {
    const drawn: string[] = [];
    const replays = defineStrategy({
      name: 'replays',
      init: () => ({ memory: reservoir({ capacity: 7 }) }),
      feed: (ctx, { memory }) => {
        const rows = memory.draw(ctx.random, 4);
        drawn.push(rows ? (rows.x as { values: Float32Array }).values.join() : '');
        return null;
      },
      observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
    });
    await withLearner({ strategy: composed(...others, replays) }, async (learner) => {
      for (const task of tasks) await learner.learn(task, HOW);
    });
    return drawn;
  }

  it('on the host do not depend on other strategies', async () => {
    const alone = await replayed();
    expect(new Set(alone).size).toBe(12);
    expect(await replayed(noisy('noisy'), neutral() as unknown as AnyStrategy)).toEqual(alone);
  });

  /** What a strategy draws in the graph: in a hook, at a site, in a pass of its own, at a boundary and in a scan. */
  async function drawnInGraph(...others: readonly AnyStrategy[]): Promise<Map<string, string[]>> {
    const drawn = new Map<string, string[]>();
    const draws = defineStrategy({
      name: 'draws',
      init: () => ({}),
      beforeTask: (ctx, state) => note('before', ctx.uniform([2]), state),
      scan: { start: (ctx) => note('start', ctx.uniform([2]), tf.scalar(0)), add: (ctx, sum) => note('scan', ctx.uniform([2]), sum) },
      afterTask: (ctx, state) => note('after', ctx.uniform([2]), state),
      at: (ctx, { name }, value) => (name === 'dense0' ? note('site', ctx.uniform([2]), value) : value),
      batch: (ctx, batch) => {
        ctx.forward(batch.x);
        return note('hook', ctx.uniform([2]), batch);
      },
      loss: (ctx) => note('hook', ctx.uniform([2]), null),
      updates: (ctx, updates) => note('hook', ctx.normal([2]), updates),
    });
    function note<T>(where: string, values: tf.Tensor, result: T): T {
      drawn.set(where, [...(drawn.get(where) ?? []), values.dataSync().join()]);
      return result;
    }
    await withLearner({ strategy: composed(...others, draws) }, async (learner) => {
      for (const task of tasks) await learner.learn(task, HOW);
    });
    return drawn;
  }

  it('in the graph do not depend on other strategies, and are new at each step and call site', async () => {
    const alone = await drawnInGraph();
    // Passes of others see the sites too: what is drawn there is theirs.
    const without = (drawn: Map<string, string[]>) => new Map([...drawn].filter(([where]) => where !== 'site'));
    expect(without(await drawnInGraph(noisy('noisy'), neutral() as unknown as AnyStrategy))).toEqual(without(alone));
    const all = [...alone.values()].flat();
    expect(new Set(all).size).toBe(all.length);
    const counts = Object.fromEntries([...alone].map(([where, values]) => [where, values.length]));
    expect(counts).toEqual({ before: 2, hook: 36, site: 24, start: 2, scan: 6, after: 2 });
  });

  it("of the network's dropout do not depend on strategies that run it too", async () => {
    const { tinyMlp } = await import('../../src/testing/index.js');
    const passes = defineStrategy({
      name: 'passes',
      init: () => ({}),
      batch: (ctx, batch) => {
        ctx.forward(batch.x);
        return batch;
      },
      updates: (ctx, updates) =>
        zip(
          tf.add,
          updates,
          map(
            tf.zerosLike,
            ctx.gradientsOf({ x: tf.zeros([1, 4]), y: tf.tensor1d([0], 'int32'), weight: tf.ones([1]), competing: null, extra: {} }),
          ),
        ),
    });
    const run = (strategy: AnyStrategy) =>
      withLearner({ strategy, model: tinyMlp({ dropout: 0.5 }) }, async (learner) => {
        await learner.learn(tasks[0], HOW);
        return valuesOf(learner);
      });
    expect(await run(passes)).toEqual(await run(compose() as unknown as AnyStrategy));
  });
});

describe('parts of a composition', () => {
  it('are seen as such', () => {
    const all: Composition = compose(defineStrategy({ name: 'a', init: () => ({}) }));
    expect(all.parts.length).toBe(1);
  });
});
