import { adam, languageModel, type Model, momentum, sgd } from '@cl/core';
import { strategyContract, tinyCnn } from '@cl/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import type { Weights } from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { watched } from '../../../testing/watched.js';
import { das } from '../src/index.js';
import {
  domains,
  learned,
  PROTECTED,
  type TrialOptions,
  tinyGpt,
  tinyLlama,
  transformerOfNumbers,
  weightsAfter,
} from './tiny-transformer.js';

strategyContract({
  // Without dropout, which one law asks for, there is nothing to measure general knowledge by.
  create: (options) => das({ general: false, ...options }),
  model: (size) =>
    size.inputs.length === 1 ? transformerOfNumbers(size) : tinyCnn({ ...size, inputs: size.inputs as [number, number, number] }),
  // The temperature makes twenty times of a rounding error.
  optimizer: momentum({ learningRate: 0.01 }),
  badOptions: [
    ...[{ on: 'weights' }, { importance: 'hidden' }, { importance: 1.5 }, { importance: -0.1 }, { general: 0 }, { general: true }],
    ...[{ general: 2.5 }, { signed: 1 }, { contrast: -1 }, { temperature: 0 }],
  ],
  goodOptions: [
    ...[{ general: 10 }, { on: 'gradients' }, { on: 'nothing' }, { importance: 'random' }, { importance: 0.5 }],
    ...[{ signed: true }, { contrast: 0 }, { temperature: 1 }],
  ],
});

beforeAll(useCpu);

/** The parameters of one of two kinds. */
const those = (weights: Weights, areProtected: boolean): Weights =>
  Object.fromEntries(Object.entries(weights).filter(([name]) => PROTECTED.test(name) === areProtected));

const flat = (weights: Weights): readonly number[] => Object.values(weights).flat(2) as number[];

describe('the mask', () => {
  it.each([sgd(0.1), momentum(0.05), adam(0.01)])(
    'of importance 1 keeps every bit of what it protects, and nothing else: $name',
    async (optimizer) => {
      const before = await weightsAfter({ optimizer, tasks: 0 });
      const after = await weightsAfter({ optimizer, strategy: das({ importance: 1 }) });
      expect(those(after, true)).toEqual(those(before, true));
      for (const [name, values] of Object.entries(those(after, false))) expect([name, values]).not.toEqual([name, before[name]]);
    },
  );

  it.each(['updates', 'gradients'] as const)('of importance 0 on %s is plain training, bit for bit', async (on) => {
    const options = { optimizer: adam(0.01) };
    const strategy = das({ importance: 0, contrast: 0, on });
    expect(await weightsAfter({ ...options, strategy })).toEqual(await weightsAfter(options));
  });

  it('is nowhere while nothing is known: the first domain is plain training without general knowledge', async () => {
    const options: TrialOptions = { tasks: 1, optimizer: adam(0.01) };
    expect(await weightsAfter({ ...options, strategy: das({ general: false }) })).toEqual(await weightsAfter(options));
  });

  it('leaves embeddings, normalisations and the head a whole step', async () => {
    const options: TrialOptions = { tasks: 1, learn: { iterations: 1, batchSize: 8 } };
    const [plain, half] = [
      await weightsAfter(options),
      await weightsAfter({ ...options, strategy: das({ importance: 0.5, contrast: 0 }) }),
    ];
    expect(those(half, false)).toEqual(those(plain, false));
    expect(those(half, true)).not.toEqual(those(plain, true));
  });

  it('of updates makes a step of Adam shorter by just as much; of gradients, not at all', async () => {
    // With gradients far above epsilon, Adam takes the same step whatever their scale.
    const options: TrialOptions = {
      tasks: 1,
      learn: { iterations: 1, batchSize: 8 },
      optimizer: adam({ learningRate: 1e-3, epsilon: 1e-30 }),
    };
    const start = flat(those(await weightsAfter({ ...options, tasks: 0 }), true));
    const moved = async (more: TrialOptions) =>
      flat(those(await weightsAfter({ ...options, ...more }), true)).map((value, i) => value - start[i]!);
    const plain = await moved({});
    const [onUpdates, onGradients] = await Promise.all(
      (['updates', 'gradients'] as const).map((on) => moved({ strategy: das({ importance: 0.75, contrast: 0, on }) })),
    );
    expectClose(
      onUpdates,
      plain.map((value) => value / 4),
      { abs: 1e-7, rel: 0 },
    );
    expectClose(onGradients, plain, { abs: 1e-6, rel: 0 });
    expect(Math.max(...plain.map(Math.abs))).toBeGreaterThan(9e-4);
  });

  it('is not in the forward pass: the loss of the first step is that of plain training', async () => {
    const lossWith = async (strategy?: TrialOptions['strategy']) => {
      const losses: number[] = [];
      const onStep = ({ loss }: { readonly loss: number }) => void losses.push(loss);
      (await learned({ tasks: 1, learn: { iterations: 1, batchSize: 8, onStep }, ...(strategy && { strategy }) })).dispose();
      return losses[0]!;
    };
    const plain = await lossWith();
    expect(await lossWith(das({ importance: 0.9, contrast: 0 }))).toBe(plain);
    expect(await lossWith(das({ importance: 0.9 }))).toBeGreaterThan(plain);
  });

  it('is left out by on: nothing, which keeps the contrast', async () => {
    const [unmasked, masked, plain] = await Promise.all(
      [das({ on: 'nothing' }), das(), undefined].map((strategy) => weightsAfter({ ...(strategy && { strategy }) })),
    );
    for (const weights of [masked, plain]) expect(those(unmasked!, true)).not.toEqual(those(weights!, true));
    expect(await weightsAfter({ strategy: das({ on: 'nothing', contrast: 0 }) })).toEqual(plain);
  });
});

describe('controls', () => {
  const importances = async (options: Parameters<typeof das>[0], seed = 3) => {
    const { strategy, sights } = watched(das(options));
    (await learned({ strategy, seed, tasks: 1 })).dispose();
    return sights.map(({ state }) => Object.values(state.importance ?? {}).flat() as number[]);
  };

  it('draw what importance would be, from the seed, and anew after each domain', async () => {
    const [begin, end] = await importances({ importance: 'random' });
    expect(await importances({ importance: 'random' })).toEqual([begin, end]);
    expect(await importances({ importance: 'random' }, 4)).not.toEqual([begin, end]);
    expect(end!.every((value, i) => value >= begin![i]! && value < 1)).toBe(true);
    expect(end).not.toEqual(begin);
    // 40 draws of |tanh N(0, 1)|: mean 0.56, deviation 0.27.
    const mean = begin!.reduce((a, b) => a + b) / begin!.length;
    expect(mean).toBeGreaterThan(0.42);
    expect(mean).toBeLessThan(0.7);
  });

  it('have the same importance everywhere', async () => {
    for (const each of await importances({ importance: 0.5 })) expect(new Set(each)).toEqual(new Set([0.5]));
    expect((await importances({ importance: 0.5, general: false }))[0]).toEqual([]);
  });
});

describe.each(await places())('$name', ({ use, compiler }) => {
  beforeAll(use);

  it.each<{ readonly what: string; readonly model: Model }>([
    { what: 'GPT-2', model: tinyGpt(0.1) },
    { what: 'Llama', model: tinyLlama(0.1) },
  ])('learns the next token of domains: $what', async ({ model }) => {
    const learner = await learned({
      model,
      objective: languageModel(),
      optimizer: adam(0.02),
      strategy: das(),
      compiler,
      learn: { epochs: 20, batchSize: 8 },
    });
    const { loss } = await learner.evaluate(domains.tasks[1]!);
    learner.dispose();
    // Of ten tokens, all as likely: 2.3.
    expect(loss).toBeLessThan(2.1);
  });

  it('measures the same importance, for general knowledge too', async () => {
    const { strategy, sights } = watched(das());
    (await learned({ strategy, compiler })).dispose();
    await useCpu();
    const { strategy: again, sights: expected } = watched(das());
    (await learned({ strategy: again })).dispose();
    await use();
    expectClose(
      sights.map(({ state }) => state.importance),
      expected.map(({ state }) => state.importance),
      { abs: 1e-3, rel: 1e-3 },
    );
  });
});
