import { adam, adamW, type GraphContext, Learner, momentum, type Optimizer, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsOf } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned, weightsAfter } from '../../../testing/toy.js';
import { countNumbers, type Nested, plain, taken, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type PiggybackOptions, piggyback } from '../src/index.js';
import { straightThrough } from '../src/straight-through.js';
import { expectNothingForgotten } from './nothing-forgotten.js';

strategyContract({
  create: (options) => piggyback(options),
  badOptions: [{ mask: 'real' }, { threshold: -1 }, { start: '0' }, { backbone: 'last' }],
  goodOptions: [{ mask: 'ternary' }, { backbone: 'given' }, { start: 0, threshold: 0 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task', tasks: 4 });
const learn = { epochs: 3, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];
const BACKBONE = ['dense0/kernel', 'dense0/bias', 'dense1/kernel', 'dense1/bias'];

async function sightsOf(options: PiggybackOptions, optimizer: Optimizer = adam(0.01)) {
  const { strategy, sights } = watched(piggyback(options));
  const learner = await learned({ stream, hidden: [8, 6], optimizer, strategy, learn });
  learner.dispose();
  return sights.filter(({ hook }) => hook === 'afterTask');
}

describe('what a task has learned', () => {
  it.each(OPTIMIZERS)('stays, bit for bit, under $name', async (optimizer) => {
    await expectNothingForgotten(() => piggyback(), optimizer);
    await expectNothingForgotten(
      () => piggyback({ backbone: 'given', mask: 'ternary', start: 0.001, threshold: 0.0005 }),
      optimizer,
      'reset',
    );
  });

  it.each(OPTIMIZERS)('lies in masks: no weight, bias or other output of the backbone changes a bit, under $name', async (optimizer) => {
    const after = await sightsOf({}, optimizer);
    for (const [t, { parameters }] of after.entries()) {
      for (const name of BACKBONE) expect(parameters[name]).toEqual(after[0]!.parameters[name]);
      const bias = parameters['head/bias'] as number[];
      if (t > 0) expect(bias.slice(0, 2 * t)).toEqual((after[t - 1]!.parameters['head/bias'] as number[]).slice(0, 2 * t));
    }
  });
});

describe('the backbone', () => {
  it("is what the first task trains, as if alone; or what was given, and the first task's mask is one like all others", async () => {
    const options = { stream, hidden: [8, 6], optimizer: adam(0.01), learn, tasks: 1 };
    const alone = await weightsAfter(options);
    const [first] = await sightsOf({});
    for (const name of [...BACKBONE, 'head/kernel']) expect(first!.parameters[name]).toEqual(alone[name]);
    expect(first!.state.masks).toEqual({ 0: {} });

    const start = await weightsAfter({ ...options, tasks: 0 });
    const given = await sightsOf({ backbone: 'given' });
    for (const name of BACKBONE) expect(given.at(-1)!.parameters[name]).toEqual(start[name]);
    expect(Object.keys(given[0]!.state.masks[0])).toEqual(['dense0/kernel', 'dense1/kernel']);
  });

  it('is what a task begins with, whole', async () => {
    const learner = new Learner({
      model: mlp({ inputs: 6, hidden: [8], outputs: 8 }),
      optimizer: adam(0.01),
      scenario: 'task',
      strategy: piggyback({ backbone: 'given' }),
    });
    const plainLearner = new Learner({ model: mlp({ inputs: 6, hidden: [8], outputs: 8 }), optimizer: sgd(0), scenario: 'task' });
    const losses: number[] = [];
    const onStep = ({ loss }: { loss: number }) => {
      losses.push(loss);
    };
    for (const each of [learner, plainLearner]) {
      await each.learn(stream.tasks[0]!, { iterations: 1, batchSize: 8, onStep });
      each.dispose();
    }
    expect(losses[0]).toBe(losses[1]);
  });
});

describe('masks', () => {
  it('are 0 and 1, or −1, 0 and 1, and one number a weight and task', async () => {
    for (const [mask, values] of [
      ['binary', [0, 1]],
      ['ternary', [-1, 0, 1]],
    ] as const) {
      const after = await sightsOf({ mask, start: 0.006 });
      const found = new Set(
        (Object.values(after.at(-1)!.state.masks) as Nested[]).flatMap((each) => flat(Object.values(each) as Nested[])),
      );
      expect([...found].sort()).toEqual([...values].sort());
      expect(countNumbers(after.at(-1)!.state.masks)).toBe(3 * (6 * 8 + 8 * 6));
    }
  });

  it('have their threshold, which the ternary one has on one side only', () => {
    const seen = (mask: 'binary' | 'ternary') =>
      tidied(() => {
        const ctx = { task: { index: 0 } } as unknown as GraphContext;
        const parameters = tensorsOf({ w: [2, 2, 2, 2, 2], 'w/scores': [-0.1, 0, 0.1, 0.25, 0.3] });
        return plain(piggyback({ mask, backbone: 'given', threshold: 0.25 }).effective!(ctx, parameters, { masks: {} }).w);
      });
    expect(seen('binary')).toEqual([0, 0, 0, 0, 2]);
    expect(seen('ternary')).toEqual([-2, 0, 0, 0, 2]);
  });

  it('get the gradient of the weights that are seen, times the weights', () => {
    const [byScores, bySeen] = tidied(() => {
      const { x, w, m } = tensorsOf({ x: [[1, -2, 3]], w: [[0.5], [-1], [2]], m: [[0.01], [-0.01], [0.02]] });
      const mask = (scores: tf.Tensor) => tf.cast(tf.greater(scores, 0.005), 'float32');
      const loss = (seen: tf.Tensor) => tf.sum(tf.square(tf.matMul(x as tf.Tensor2D, seen as tf.Tensor2D))) as tf.Scalar;
      const scores = tf.grad((values) => loss(tf.mul(w!, straightThrough(values, mask))))(m!);
      const seen = tf.grad(loss)(tf.mul(w!, mask(m!)));
      return [plain(scores), plain(tf.mul(seen, w!))];
    });
    expect(byScores).toEqual(bySeen);
    expect(flat(byScores as Nested).every((value) => value !== 0)).toBe(true);
  });
});

it('says which share of the weights a task sees', async () => {
  const learner = await learned({ stream, hidden: [8], optimizer: adam(0.02), strategy: piggyback(), learn });
  const masks = stream.tasks.map((task) => learner.measure({ task })['piggyback.seen']!);
  learner.dispose();
  expect(masks[0]).toBe(1);
  for (const share of masks.slice(1)) {
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(1);
    // Of 48 weights.
    expect(share * 48 - Math.round(share * 48)).toBeCloseTo(0, 4);
  }
});

it('refuses a model without weights to mask', () => {
  const model = mlp({ inputs: 6, hidden: [], outputs: 8 });
  expect(() => new Learner({ model, optimizer: sgd(0.1), scenario: 'task', strategy: piggyback() })).toThrow(
    "'piggyback' divides the trunk's weights",
  );
});

it('gives a task that was not learned yet the mask at hand', async () => {
  const learner = await learned({ stream, hidden: [8], optimizer: adam(0.02), strategy: piggyback(), tasks: 2, learn });
  const x = tf.ones([1, 6]);
  const [last, next] = [stream.tasks[1]!, stream.tasks[2]!].map((task) => taken({ all: learner.predict(x, { task }) }).all as number[][]);
  expect(last![0]).not.toEqual(next![0]);
  expect((await learner.evaluate(stream.tasks[2]!)).accuracy).toBeGreaterThanOrEqual(0);
  x.dispose();
  learner.dispose();
});

const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));
