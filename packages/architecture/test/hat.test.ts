import { adam, adamW, compose, type GraphContext, Learner, momentum, type Optimizer, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsOf } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned } from '../../../testing/toy.js';
import { countNumbers, type Nested, plain, taken, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { replay } from '../../replay/src/index.js';
import { compensate, newlyUsed } from '../src/hat.js';
import { type HatOptions, hat } from '../src/index.js';
import { expectNothingForgotten } from './nothing-forgotten.js';

strategyContract({
  create: (options) => hat({ sMax: 20, ...options }),
  changesFirstTask: true,
  badOptions: [{ sMax: 1 }, { sMax: '400' }, { c: -1 }, { annealing: 'none' }, { clip: 0 }, { round: 1 }],
  goodOptions: [{ sMax: 400 }, { c: 0 }, { annealing: 'code' }, { clip: Infinity }, { round: true }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task', tasks: 4 });
const learn = { epochs: 3, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.05), adamW({ learningRate: 0.05, weightDecay: 0.1 })];

async function sightsOf(options: HatOptions, optimizer = sgd(0.1)) {
  const { strategy, sights } = watched(hat(options));
  const learner = await learned({ stream, hidden: [8, 6], optimizer, strategy, learn });
  learner.dispose();
  return sights.filter(({ hook }) => hook === 'afterTask');
}

describe('what a task has learned', () => {
  it.each(OPTIMIZERS)('stays, bit for bit, where gates are 0 and 1, under $name', async (optimizer) => {
    await expectNothingForgotten(() => hat({ round: true, sMax: 100 }), optimizer);
  });

  it('drifts with the gates that have not decided, as in the paper', async () => {
    const learner = new Learner({
      model: mlp({ inputs: 6, hidden: [8, 6], outputs: 8 }),
      optimizer: sgd(0.1),
      scenario: 'task',
      strategy: hat({ sMax: 3 }),
    });
    const x = tf.randomNormal([4, 6], 0, 1, 'float32', 1);
    const outputs = () => taken({ all: learner.predict(x, { task: stream.tasks[0]! }) }).all;
    await learner.learn(stream.tasks[0]!, learn);
    const before = outputs();
    await learner.learn(stream.tasks[1]!, learn);
    expect(outputs()).not.toEqual(before);
    x.dispose();
    learner.dispose();
  });

  it('lies in weights between used units, which keep their bytes; others move', async () => {
    const after = await sightsOf({ round: true, sMax: 100, c: 0.1 }, momentum(0.05));
    let [kept, moved] = [0, 0];
    for (const [t, { state, parameters }] of after.slice(0, -1).entries()) {
      const later = after[t + 1]!.parameters;
      const { dense0: from, dense1: to } = state.used as Record<string, number[]>;
      (parameters['dense1/kernel'] as number[][]).forEach((row, i) => {
        row.forEach((value, j) => {
          const now = (later['dense1/kernel'] as number[][])[i]![j];
          if (from![i] === 1 && to![j] === 1) {
            expect(now).toBe(value);
            kept += 1;
          } else if (now !== value) moved += 1;
        });
      });
      from!.forEach((use, i) => {
        if (use === 1) expect((later['dense0/bias'] as number[])[i]).toBe((parameters['dense0/bias'] as number[])[i]);
      });
      // The outputs of tasks so far.
      expect((later['head/bias'] as number[]).slice(0, 2 * (t + 1))).toEqual((parameters['head/bias'] as number[]).slice(0, 2 * (t + 1)));
    }
    expect(Math.min(kept, moved)).toBeGreaterThan(0);
  });
});

describe('gates', () => {
  it('are open or shut at the bounds of an embedding, and only add up', async () => {
    // σ(400 · ±6)
    expect(1 / (1 + Math.exp(2400))).toBeLessThan(1e-9);
    const after = await sightsOf({ sMax: 50 }, sgd(1));
    for (const [t, { state, parameters }] of after.entries()) {
      for (const site of ['dense0', 'dense1']) {
        const embedding = parameters[`${site}/embedding`] as number[];
        for (const e of embedding) expect(Math.abs(e)).toBeLessThanOrEqual(6);
        const own = state.gates[t][site] as number[];
        for (const [i, gate] of own.entries()) expect(gate).toBeCloseTo(1 / (1 + Math.exp(-50 * embedding[i]!)), 4);
        const before = t === 0 ? own.map(() => 0) : (after[t - 1]!.state.used[site] as number[]);
        expect(state.used[site]).toEqual(own.map((gate, i) => Math.max(gate, before[i]!)));
      }
    }
    expect(Object.keys(after.at(-1)!.state.gates)).toEqual(['0', '1', '2', '3']);
  });

  it.each([
    // B = 3: 1/20, the middle, 20; and by thirds.
    ['paper', [0, 1 / 2, 1]],
    ['code', [0, 1 / 3, 2 / 3]],
  ] as const)('rise within each epoch, annealed as in the %s, and stand at s_max elsewhere', async (annealing, shares) => {
    const own = hat({ sMax: 20, annealing });
    const seen: number[] = [];
    const strategy: typeof own = {
      ...own,
      at(ctx, site, value, state) {
        const result = own.at!(ctx, site, value, state);
        if (site.name === 'dense0') {
          const gates = own.at!(ctx, site, tf.ones([1, 8]), state).dataSync();
          const embedding = [...ctx.parameters['dense0/embedding']!.dataSync()];
          // σ(s e) of the smallest e, where it is most precise.
          const i = embedding.reduce((best, e, k) => (Math.abs(e) < Math.abs(embedding[best]!) ? k : best), 0);
          seen.push(Math.log(gates[i]! / (1 - gates[i]!)) / embedding[i]!);
        }
        return result;
      },
    };
    const learner = await learned({ stream, hidden: [8], optimizer: sgd(0.01), strategy, tasks: 1, learn });
    expect(seen).toHaveLength(9);
    const slopes = shares.map((share) => 1 / 20 + (20 - 1 / 20) * share);
    for (const [step, s] of seen.entries()) expect(Math.abs(s / slopes[step % 3]! - 1)).toBeLessThan(0.01);
    await learner.evaluate(stream.tasks[1]!);
    // The first task's gates are those that were made at its end; the second's are its embedding's.
    expect(Math.abs(seen[9]! / 20 - 1)).toBeLessThan(0.01);
    learner.dispose();
  });

  it('are one number a unit for each task; protection is one number a parameter of the trunk', async () => {
    const after = await sightsOf({});
    after.forEach(({ state }, t) => {
      expect(countNumbers(state.gates)).toBe(14 * (t + 1));
      expect(countNumbers(state.used)).toBe(14);
      expect(countNumbers(state.passes)).toBe(6 * 8 + 8 + 8 * 6 + 6);
    });
  });
});

describe('the compensation', () => {
  test.prop([fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 0.1, max: 20, noNaN: true })])(
    'makes the gradient of a gate that of one with slope s_max at σ(e): nothing of the annealing is left',
    (e, s) => {
      const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
      const slopeOf = (x: number) => sigmoid(x) * sigmoid(-x);
      const compensated = tidied(() => plain(compensate(tf.scalar(s * slopeOf(s * e)), tf.scalar(e), tf.scalar(s), 400)) as number);
      expect(Math.abs(compensated / (400 * slopeOf(e)) - 1)).toBeLessThan(1e-4);
    },
  );

  it('is 1 where s = s_max = 1, and finite where s e is large', () => {
    const factor = (e: number, s: number, sMax: number) => tidied(() => plain(compensate(tf.scalar(1), tf.scalar(e), tf.scalar(s), sMax)));
    expect(factor(0.7, 1, 1)).toBeCloseTo(1, 6);
    expect(factor(6, 400, 400)).toBe(factor(6, 50 / 6, 50 / 6));
  });

  it('comes before the limit on the norm of the gradient', () => {
    const strategy = hat({ clip: 5 });
    const clipped = tidied(() => {
      const ctx = { epoch: null, parameters: tensorsOf({ 'a/embedding': [0] }) } as unknown as GraphContext;
      // At s = s_max and e = 0 the factor is 1.
      return plain(strategy.gradients!(ctx, tensorsOf({ 'a/embedding': [6], b: [8] }), {} as never, null));
    }) as Record<string, number[]>;
    expect(clipped['a/embedding']![0]).toBeCloseTo(3, 4);
    expect(clipped.b![0]).toBeCloseTo(4, 4);
  });
});

describe('the regulariser', () => {
  it('counts units that are not used yet, and is 0 where none is left', () => {
    const value = (gates: number[], used: number[]) => tidied(() => plain(newlyUsed(tensorsOf({ a: gates }), tensorsOf({ a: used }))));
    expect(value([1, 0.5, 1], [0, 0, 1])).toBeCloseTo(0.75, 6);
    expect(value([1, 1], [1, 1])).toBe(0);
  });

  it('leaves more units free the more it weighs', async () => {
    const used = async (c: number) => {
      const learner = await learned({
        stream,
        hidden: [16],
        optimizer: sgd(0.3),
        strategy: hat({ sMax: 50, c }),
        tasks: 1,
        learn: { epochs: 10, batchSize: 8 },
      });
      const measured = learner.measure()['hat.used']!;
      learner.dispose();
      return measured;
    };
    const [little, much] = [await used(0), await used(2.5)];
    expect(much).toBeLessThan(little - 0.1);
  });
});

describe('what it needs', () => {
  it('is a hidden layer', () => {
    const model = mlp({ inputs: 6, hidden: [], outputs: 8 });
    expect(() => new Learner({ model, optimizer: sgd(0.1), scenario: 'task', strategy: hat() })).toThrow('has no hidden units');
  });

  it('is told what it works with: parameters without a unit are frozen after the first task', async () => {
    const plain = mlp({ inputs: 6, hidden: [8], outputs: 8 });
    const scaled: typeof plain = {
      ...plain,
      parameters: { ...plain.parameters, 'input/scale': { shape: [6], role: 'trunk', initializer: 'ones' } },
      apply: (parameters, x, options) => plain.apply(parameters, tf.mul(x as tf.Tensor, parameters['input/scale']!), options),
    };
    const learner = new Learner({ model: scaled, optimizer: momentum(0.05), scenario: 'task', strategy: hat({ sMax: 50 }) });
    const scales: Nested[] = [];
    for (const task of stream.tasks.slice(0, 2)) {
      await learner.learn(task, learn);
      scales.push(taken(learner.parameters() as NamedTensorMap)['input/scale']!);
    }
    learner.dispose();
    expect(scales[0]).not.toEqual([1, 1, 1, 1, 1, 1]);
    expect(scales[1]).toEqual(scales[0]);
  });
});

describe('composed', () => {
  it('with replay and terms of the loss, nothing is forgotten all the same', async () => {
    const pulling = {
      name: 'pulling',
      init: () => ({}),
      loss: (ctx: GraphContext) => tf.sum(tf.square(ctx.parameters['dense0/kernel']!)) as Scalar,
    };
    await expectNothingForgotten(() => compose(replay({ capacity: 20 }), pulling, hat({ round: true, sMax: 100 })) as never, adam(0.05));
  });
});
