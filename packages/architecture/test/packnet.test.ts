import { adam, adamW, type BoundaryContext, fromLayers, Learner, momentum, type Optimizer, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsOf } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned, weightsAfter } from '../../../testing/toy.js';
import { countNumbers, type Nested, plain, taken, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type PacknetOptions, packnet } from '../src/index.js';
import { expectNothingForgotten } from './nothing-forgotten.js';

strategyContract({
  create: (options) => packnet({ prune: 0.5, ...options }),
  changesFirstTask: true,
  badOptions: [{ prune: 1 }, { prune: -0.1 }, { retrain: 0 }, { retrain: 1 }, { tasks: 0 }, { tasks: 1.5 }],
  goodOptions: [{ prune: 0 }, { tasks: 2 }, { retrain: 0.5 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task', tasks: 4 });
const learn = { epochs: 3, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];

const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));

/** Owners after each task, of each weight of each layer. */
async function ownersOf(options: PacknetOptions, optimizer = sgd(0.1)) {
  const { strategy, sights } = watched(packnet(options));
  const learner = await learned({ stream, hidden: [8, 6], optimizer, strategy, learn });
  learner.dispose();
  return { sights, after: sights.filter(({ hook }) => hook === 'afterTask') };
}

describe('what a task has learned', () => {
  it.each(OPTIMIZERS)('stays, bit for bit, whatever comes after it, under $name and with slots kept', async (optimizer) => {
    const learner = new Learner({
      model: mlp({ inputs: 6, hidden: [8, 6], outputs: 8 }),
      optimizer,
      scenario: 'task',
      strategy: packnet({ prune: 0.5 }),
      seed: 3,
      slots: 'keep',
    });
    const x = tf.randomNormal([16, 6], 0, 1, 'float32', 1);
    const logits: Nested[] = [];
    for (const [t, task] of stream.tasks.entries()) {
      await learner.learn(task, learn);
      const now = stream.tasks.slice(0, t + 1).map((old) => taken({ all: learner.predict(x, { task: old }) }).all!);
      expect(now.slice(0, t)).toEqual(logits);
      logits.push(now[t]!);
    }
    expect(new Set(logits.map((values) => JSON.stringify(values))).size).toBe(4);
    x.dispose();
    learner.dispose();
  });

  it.each(OPTIMIZERS)('lies in weights that keep their bytes, biases too, under $name', async (optimizer) => {
    const { after } = await ownersOf({ prune: 0.5 }, optimizer);
    for (const [t, { parameters, state }] of after.entries()) {
      for (const { parameters: later } of after.slice(t + 1)) {
        for (const [name, owners] of Object.entries(state.owners as Record<string, Nested>)) {
          const own = flat(owners).map((owner) => owner > 0 && owner <= t + 1);
          expect(flat(later[name]!).filter((_, i) => own[i])).toEqual(flat(parameters[name]!).filter((_, i) => own[i]));
        }
        for (const bias of ['dense0/bias', 'dense1/bias']) expect(later[bias]).toEqual(parameters[bias]);
        // The outputs of tasks so far.
        expect((later['head/bias'] as number[]).slice(0, 2 * (t + 1))).toEqual((parameters['head/bias'] as number[]).slice(0, 2 * (t + 1)));
      }
    }
  });
});

describe('owners', () => {
  it('change from nobody to a task while it learns, and back when it is pruned; never otherwise', async () => {
    const { sights } = await ownersOf({ prune: 0.4 });
    const steps = sights.filter(({ hook }) => hook === 'beforeStage');
    expect(steps.map(({ task, stage }) => `${task} ${stage}`)).toEqual(['0', '1', '2', '3'].flatMap((t) => [`${t} train`, `${t} retrain`]));
    for (const [i, { task, stage, state }] of steps.entries()) {
      if (i === 0) continue;
      for (const [name, owners] of Object.entries(state.owners as Record<string, Nested>)) {
        const before = flat(steps[i - 1]!.state.owners[name]);
        for (const [w, owner] of flat(owners).entries()) {
          if (owner === before[w]) continue;
          expect([before[w], owner]).toEqual(stage === 'train' ? [0, task + 1] : [task + 1, 0]);
        }
        // While a task learns, nothing is free.
        expect(flat(owners).includes(0)).toBe(stage === 'retrain');
      }
    }
  });

  it('are given back by the share that was asked for, layer by layer, rounded half to even; free weights are 0', async () => {
    const { sights, after } = await ownersOf({ prune: 0.4 });
    const sight = (t: number, wanted: string) =>
      sights.find(({ hook, task, stage }) => hook === 'beforeStage' && task === t && stage === wanted)!;
    for (const [t, { parameters, state }] of after.entries()) {
      for (const [name, owners] of Object.entries(state.owners as Record<string, Nested>)) {
        const mine = flat(sight(t, 'train').state.owners[name]).map((owner) => owner === t + 1);
        const sizes = flat(sight(t, 'retrain').parameters[name]!)
          .filter((_, w) => mine[w])
          .map(Math.abs);
        const cut = sizes.toSorted((a, b) => a - b)[halfToEven(0.4 * sizes.length) - 1]!;
        // Weights that never left 0, of units that are never active, are equal: all go together.
        expect(flat(owners).filter((owner) => owner === 0)).toHaveLength(sizes.filter((size) => size <= cut).length);
        if (t === 0) expect(sizes.filter((size) => size <= cut)).toHaveLength(halfToEven(0.4 * sizes.length));
        for (const [w, owner] of flat(owners).entries()) if (owner === 0) expect(flat(parameters[name]!)[w]).toBe(0);
      }
    }
  });

  it('are one number a weight of the trunk', async () => {
    const { after } = await ownersOf({});
    for (const { state, parameters } of after) {
      expect(Object.keys(state.owners)).toEqual(['dense0/kernel', 'dense1/kernel']);
      expect(countNumbers(state.owners)).toBe(countNumbers([parameters['dense0/kernel'], parameters['dense1/kernel']]));
    }
  });

  it('go by the order in which tasks are learned, not by their number', async () => {
    const { strategy, sights } = watched(packnet({ prune: 0.5 }));
    const learner = new Learner({
      model: mlp({ inputs: 6, hidden: [8], outputs: 8 }),
      optimizer: sgd(0.1),
      scenario: 'task',
      strategy,
      seed: 3,
    });
    const x = tf.randomNormal([5, 6], 0, 1, 'float32', 1);
    const [third, first] = [stream.tasks[2]!, stream.tasks[0]!];
    const outputs = () => taken({ all: learner.predict(x, { task: third }) }).all;
    await learner.learn(third, learn);
    const before = outputs();
    await learner.learn(first, learn);
    expect(outputs()).toEqual(before);
    expect(sights.at(-1)!.state.order).toEqual([2, 0]);
    expect(new Set(flat(sights.at(-1)!.state.owners['dense0/kernel']))).toEqual(new Set([0, 1, 2]));
    x.dispose();
    learner.dispose();
  });
});

describe('pruning', () => {
  /** Owners of weights of task 2, and of one of task 1 that is smaller than them all, after task 2 gave some back. */
  const owners = (weights: readonly number[], share: number): number[] =>
    tidied(() => {
      const ctx = { task: { index: 1 }, stage: 'retrain', parameters: tensorsOf({ w: [[0, ...weights]] }) } as unknown as BoundaryContext;
      const before = { owners: tensorsOf({ w: [[1, ...weights.map(() => 2)]] }), order: [0, 1] };
      return flat(plain(packnet({ prune: share }).beforeStage!(ctx, before).owners.w) as Nested);
    });

  it('takes the smallest, by size and not by sign, of the own weights only', () => {
    expect(owners([-3, 0.5, 2, -0.1], 0.5)).toEqual([1, 2, 0, 2, 0]);
  });

  it('of no share takes none, not even a 0; and ties with the largest that goes go too', () => {
    expect(owners([0, 1], 0)).toEqual([1, 2, 2]);
    expect(owners([1, -1, 1, 2], 0.25)).toEqual([1, 0, 0, 0, 2]);
    // 0.25 · 2 = 0.5 rounds to 0, 0.25 · 6 = 1.5 to 2.
    expect(owners([1, 2], 0.25)).toEqual([1, 2, 2]);
    expect(owners([1, 2, 3, 4, 5, 6], 0.25)).toEqual([1, 0, 0, 2, 2, 2, 2]);
  });

  const different = fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 30 });
  test.prop([different, fc.constantFrom(0, 0.25, 0.5, 0.75, 0.875)])(
    'leaves no weight that is smaller than one it took',
    (sizes, share) => {
      const after = owners(
        sizes.map((size, i) => (i % 2 === 0 ? size : -size)),
        share,
      ).slice(1);
      const taken = sizes.filter((_, i) => after[i] === 0);
      const left = sizes.filter((_, i) => after[i] === 2);
      expect(taken).toHaveLength(halfToEven(share * sizes.length));
      expect(Math.max(0, ...taken)).toBeLessThan(Math.min(Infinity, ...left));
    },
  );

  it('does not happen to the last task, where their number is known', async () => {
    const { after } = await ownersOf({ prune: 0.5, tasks: 4 });
    expect(after.map(({ state }) => flat(state.owners['dense0/kernel']).includes(0))).toEqual([true, true, true, false]);
  });

  it('of nothing leaves later tasks without weights; they have their outputs', async () => {
    const { after } = await ownersOf({ prune: 0 });
    expect(new Set(flat(after.at(-1)!.state.owners['dense0/kernel']))).toEqual(new Set([1]));
    expect(after[3]!.parameters['dense0/kernel']).toEqual(after[0]!.parameters['dense0/kernel']);
    expect(after[3]!.parameters['head/bias']).not.toEqual(after[2]!.parameters['head/bias']);
  });
});

describe('the first task', () => {
  it('is plain training until it is pruned, and wholly where it is the only one', async () => {
    const options = { stream, optimizer: sgd(0.1), learn, tasks: 1 };
    expect(await weightsAfter({ ...options, strategy: packnet({ tasks: 1 }) })).toEqual(await weightsAfter(options));
    const { strategy, sights } = watched(packnet());
    const learner = await learned({ ...options, strategy });
    learner.dispose();
    const half = await weightsAfter({ ...options, learn: { iterations: 6, batchSize: 8 } });
    expect(sights.find(({ stage }) => stage === 'retrain')!.parameters).toEqual(half);
  });
});

it('divides the weights of models that do not say how they use them, too', async () => {
  const whole = mlp({ inputs: 6, hidden: [8], outputs: 8 });
  const parameters = Object.fromEntries(Object.entries(whole.parameters).map(([name, { use: _use, ...spec }]) => [name, spec]));
  const { strategy, sights } = watched(packnet({ prune: 0.5 }));
  const learner = new Learner({ model: { ...whole, parameters, sites: [] }, optimizer: sgd(0.1), scenario: 'task', strategy });
  await learner.learn(stream.tasks[0]!, learn);
  learner.dispose();
  expect(Object.keys(sights.at(-1)!.state.owners)).toEqual(['dense0/kernel']);
  expect(flat(sights.at(-1)!.state.owners['dense0/kernel']).filter((owner) => owner === 0)).toHaveLength(24);
});

describe('convolutions', () => {
  it.each(OPTIMIZERS)('are divided weight by weight, and nothing is forgotten under $name', async (optimizer) => {
    await expectNothingForgotten(() => packnet({ prune: 0.5 }), optimizer);
  });
});

it('freezes running statistics from the first pruning on', async () => {
  const layers = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [6], units: 8 }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.dense({ units: 8 }),
    ],
  });
  const { model, parameters } = fromLayers(layers);
  const learner = new Learner({ model, parameters, optimizer: adam(0.01), scenario: 'task', strategy: packnet({ prune: 0.5 }) });
  tf.dispose(parameters);
  const x = tf.randomNormal([5, 6], 0, 1, 'float32', 1);
  const logits: Nested[] = [];
  for (const [t, task] of stream.tasks.entries()) {
    await learner.learn(task, learn);
    const now = stream.tasks.slice(0, t + 1).map((old) => taken({ all: learner.predict(x, { task: old }) }).all!);
    expect(now.slice(0, t)).toEqual(logits);
    logits.push(now[t]!);
  }
  x.dispose();
  layers.dispose();
  learner.dispose();
});

it('says which share of the weights is owned, and which a task sees', async () => {
  const learner = await learned({ stream, hidden: [8], optimizer: sgd(0.1), strategy: packnet({ prune: 0.5 }), learn, tasks: 2 });
  // 48 weights: 24 are the first task's, 12 the second's, 12 are free; without ties, which the seed does not bring.
  expect(learner.measure({ task: stream.tasks[0]! })).toEqual({ 'packnet.used': 0.75, 'packnet.seen': 0.5 });
  expect(learner.measure()).toEqual({ 'packnet.used': 0.75, 'packnet.seen': 0.75 });
  learner.dispose();
});

it('refuses a model without weights to divide', () => {
  const model = mlp({ inputs: 6, hidden: [], outputs: 8 });
  expect(() => new Learner({ model, optimizer: sgd(0.1), scenario: 'task', strategy: packnet() })).toThrow(
    "'packnet' divides the trunk's weights",
  );
});

/** As Python rounds. */
function halfToEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}
