import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type AnyStrategy, adam, adamW, compose, defineStrategy, memoryStore, momentum, type Optimizer, sgd } from '../../src/index.js';
import { HOW, onCpu, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;
const OPTIMIZERS: readonly Optimizer[] = [
  sgd({ learningRate: 0.1, weightDecay: 0.1 }),
  momentum(0.05),
  adam(0.01),
  adamW({ learningRate: 0.01, weightDecay: 0.1 }),
];

/** The first task trains everything, later ones the classifier alone. */
const probing = (seen: string[][] = []) =>
  defineStrategy({
    name: 'probing',
    claims: ['architecture'],
    init: () => ({}),
    trains: ({ past, head }, parameter) => past.length === 0 || head.has(parameter),
    updates(ctx, updates) {
      if (ctx.past.length > 0) seen.push(Object.keys(updates).filter((name) => updates[name]!.dataSync().some((value) => value !== 0)));
      return updates;
    },
  });

const pushing = defineStrategy({
  name: 'pushing',
  init: () => ({}),
  updates: (_ctx, updates) => Object.fromEntries(Object.entries(updates).map(([name, update]) => [name, tf.add(update, 1)])),
});

/** Parameters after each task. */
const trained = (strategy: AnyStrategy, optimizer: Optimizer) =>
  withLearner({ strategy, optimizer }, async (learner) => {
    await learner.learn(first, HOW);
    const before = valuesOf(learner);
    await learner.learn(second, HOW);
    return { before, after: valuesOf(learner) };
  });

describe('parameters that a task does not train', () => {
  it.each(OPTIMIZERS)(
    'keep their bits under $name, whatever decays, averages or other strategies would do; others move',
    async (optimizer) => {
      const { updates: _updates, ...plain } = probing();
      for (const strategy of [plain, probing(), compose(pushing, probing()) as unknown as AnyStrategy]) {
        const values = await trained(strategy, optimizer);
        for (const [name, now] of Object.entries(values.after)) {
          if (name.startsWith('head')) expect(now, name).not.toEqual(values.before[name]);
          else expect(now, name).toEqual(values.before[name]);
        }
      }
    },
  );

  it('have gradient zero in every hook, and slots that stay', async () => {
    const seen: string[][] = [];
    const store = memoryStore();
    await withLearner({ strategy: probing(seen), optimizer: momentum(0.05) }, async (learner) => {
      await learner.learn(first, HOW);
      await learner.learn(second, { ...HOW, onStep: () => learner.save(store) });
    });
    expect(new Set(seen.flat())).toEqual(new Set(['head/kernel', 'head/bias']));
    const { decodeSafetensors } = await import('../../src/index.js');
    const slots = await Promise.all(
      (await store.list()).map(async (name) => {
        const { tensors } = decodeSafetensors((await store.read(name)).files['tensors.safetensors']!, name);
        return [tensors['slots/velocity/dense0/kernel'], tensors['slots/velocity/head/kernel']].map((tensor) => `${tensor!.bytes}`);
      }),
    );
    expect(slots.length).toBeGreaterThan(3);
    expect(new Set(slots.map(([trunk]) => trunk)).size).toBe(1);
    expect(new Set(slots.map(([, head]) => head)).size).toBe(slots.length);
  });

  it('are constants for gradients that a strategy asks for', async () => {
    const norms: number[][] = [];
    const asking = defineStrategy({
      name: 'asking',
      init: () => ({}),
      track(ctx, { forward, taskGradients }, state) {
        const given = [ctx.gradientsOf(forward.batch), taskGradients()];
        norms.push(given.flatMap((gradients) => ['dense0/kernel', 'head/kernel'].map((name) => tf.norm(gradients[name]!).dataSync()[0]!)));
        return state;
      },
    });
    const { updates: _updates, ...plain } = probing();
    await trained(compose(asking, plain) as unknown as AnyStrategy, sgd(0.1));
    const steps = norms.length / 2;
    expect(norms.slice(0, steps).every((values) => values.every((value) => value > 0))).toBe(true);
    expect(norms.slice(steps).every(([a, b, c, d]) => a === 0 && b! > 0 && c === 0 && d! > 0)).toBe(true);
  });

  it('do not change how the others are trained: as if their updates were put to zero', async () => {
    const masked = defineStrategy({
      name: 'masked',
      init: () => ({}),
      updates: ({ past, head }, updates) =>
        Object.fromEntries(
          Object.entries(updates).map(([name, update]) => [name, past.length > 0 && !head.has(name) ? tf.zerosLike(update) : update]),
        ),
    });
    expect(await trained(probing(), momentum(0.05))).toEqual(await trained(masked, momentum(0.05)));
  });
});
