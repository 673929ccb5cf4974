import { type Batch, type BoundaryContext, type GraphContext, type Model, readRows, sgd } from '@cl/core';
import { fc, test } from '@fast-check/vitest';
import type { NamedTensorMap, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { type Nested, plain, tidied, watched } from '../../../testing/watched.js';
import { type DasOptions, das, unitImportance } from '../src/das.js';
import { gateCount, gateGradients, gateSites, passThrough, through } from '../src/das-gates.js';
import {
  countings,
  LENGTH,
  learned,
  PROTECTED,
  someParameters,
  type TrialOptions,
  tinyEncoder,
  tinyGpt,
  tinyLlama,
  VOCABULARY,
} from './tiny-transformer.js';

beforeAll(useCpu);

/** By the names of sites. */
type ByUnit = Readonly<Record<string, readonly number[]>>;

/** The importance that DAS holds after each hook at a boundary. */
async function importances({ options, ...trial }: TrialOptions & { readonly options?: DasOptions }): Promise<readonly ByUnit[]> {
  const { strategy, sights } = watched(das(options));
  (await learned({ ...trial, strategy })).dispose();
  return sights.map(({ state }) => state.importance);
}

const MODELS = [tinyEncoder(0), tinyGpt(0), tinyLlama(0)];
const ROWS = 4;

/** A batch whose third row is padding, parameters, and a loss of each row. */
function example(model: Model) {
  const { x, y } = readRows(countings(ROWS, 3), [0, 1, 2, 3], 0);
  const { ids, mask } = x as unknown as { readonly [name: string]: { readonly values: Int32Array } };
  const tensor = (values: ArrayLike<number>) => tf.tensor2d(Int32Array.from(values), [ROWS, LENGTH], 'int32');
  const labels = tensor(y.values);
  const batch: Batch = {
    x: { ids: tensor(ids!.values), mask: tensor(mask!.values) },
    y: labels,
    weight: tf.tensor1d([1, 1, 0, 1]) as Tensor1D,
    competing: null,
    extra: {},
  };
  const lossOf = (outputs: Tensor): Tensor1D => {
    const each = tf.sum(tf.mul(tf.logSoftmax(outputs), tf.oneHot(tf.maximum(labels, tf.scalar(0, 'int32')), VOCABULARY)), -1);
    return tf.neg(tf.mean(tf.mul(each, tf.cast(tf.greaterEqual(labels, 0), 'float32')), 1)) as Tensor1D;
  };
  return { batch, parameters: someParameters(model), lossOf };
}

const ones = (model: Model): NamedTensorMap => Object.fromEntries(gateSites(model).map((site) => [site.name, tf.ones([gateCount(site)])]));

describe('gates', () => {
  it.each(MODELS)('are on heads, in feed-forward layers and behind them: $name', (model) => {
    // Where two layers make the activation together, the gate is on that.
    const inner = model.name.startsWith('llama') ? 'feedForward/inner' : 'feedForward/inner/preactivation';
    const parts = ['attention/heads', inner, 'feedForward/outer/preactivation'];
    expect(gateSites(model).map(({ name }) => name)).toEqual(
      ['layer0', 'layer1'].flatMap((layer) => parts.map((part) => `${layer}/${part}`)),
    );
    expect(gateSites(model).slice(0, 3).map(gateCount)).toEqual([model.name.startsWith('llama') ? 4 : 2, 10, 8]);
  });

  it.each(MODELS)('of 1 change no bit of what comes out: $name', (model) => {
    const [without, gated] = tidied(() => {
      const { batch, parameters } = example(model);
      return [{}, { at: through(ones(model), ROWS) }].map((options) => plain(model.apply(parameters, batch.x, options).outputs));
    });
    expect(gated).toEqual(without);
  });

  it.each(MODELS)('tell how the loss of each row changes with them, as differences do: $name', (model) => {
    const found = tidied(() => {
      const { batch, parameters, lossOf } = example(model);
      return plain(
        gateGradients({ model } as unknown as GraphContext, batch, (at) => lossOf(model.apply(parameters, batch.x, { at }).outputs)),
      );
    }) as Record<string, number[][]>;
    const lossesAt = (site: string, gates: readonly number[]) =>
      tidied(() => {
        const { batch, parameters, lossOf } = example(model);
        const at = through({ [site]: tf.tensor1d([...gates]) }, ROWS);
        return plain(lossOf(model.apply(parameters, batch.x, { at }).outputs)) as number[];
      });
    for (const site of gateSites(model)) {
      for (const gate of [0, gateCount(site) - 1]) {
        const [up, down] = [1.02, 0.98].map((value) =>
          lossesAt(
            site.name,
            Array.from({ length: gateCount(site) }, (_, i) => (i === gate ? value : 1)),
          ),
        );
        const slopes = up!.map((loss, row) => (row === 2 ? 0 : (loss - down![row]!) / 0.04));
        const gradients = found[site.name]!.map((row) => row[gate]!);
        expectClose(gradients, slopes, { abs: 5e-4, rel: 2e-3 }, `${site.name} ${gate}`);
      }
    }
  });

  it('of a head protect its columns of query, key and value and its rows of the output, and nothing else', () => {
    const model = tinyEncoder(0);
    const passes = tidied(() => {
      const nothing = Object.fromEntries(Object.entries(ones(model)).map(([name, values]) => [name, tf.zerosLike(values)]));
      return plain(passThrough(model, { ...nothing, 'layer1/attention/heads': tf.tensor1d([0, 1]) }));
    }) as Record<string, Nested>;
    const changed = Object.entries(passes).filter(([, values]) => ([values].flat(3) as number[]).some((value) => value !== 1));
    const second = [1, 1, 1, 1, 0, 0, 0, 0];
    const columns = ['query', 'key', 'value'].flatMap((part) =>
      ['kernel', 'bias'].map((kind) => [`layer1/attention/${part}/${kind}`, second]),
    );
    expect(Object.fromEntries(changed)).toEqual({
      ...Object.fromEntries(columns),
      'layer1/attention/output/kernel': second.map((value) => [value]),
    });
    expect(Object.keys(passes).sort()).toEqual(
      Object.keys(model.parameters)
        .filter((name) => PROTECTED.test(name))
        .sort(),
    );
  });
});

describe('importance', () => {
  const of = (raw: readonly number[], signed = false) => tidied(() => plain(unitImportance(tf.tensor1d([...raw]), signed)) as number[]);

  const sizes = fc.array(
    fc.integer({ min: 0, max: 9999 }).map((n) => n / 64),
    { minLength: 2, maxLength: 12 },
  );

  test.prop([sizes])('of magnitudes lies in [0, 1), begins at 0 and never falls where they rise', (raw) => {
    const importance = of(raw);
    const inOrder = raw.map((value, i) => [value, importance[i]!] as const).sort(([a], [b]) => a - b);
    const sorted = inOrder.map(([, value]) => value);
    expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
    expect(sorted[0]).toBe(0);
    expect(sorted.at(-1)).toBeLessThan(1);
  });

  // Powers of two change no digit, and so not even a bit of the result.
  test.prop([sizes, fc.constantFrom(-1, 2 ** -80, -(2 ** 80))])(
    'of sums with signs lies in [0, 1), whatever their scale and sign',
    (raw, factor) => {
      const importance = of(raw, true);
      for (const value of importance) expect(value >= 0 && value < 1).toBe(true);
      expectClose(
        of(
          raw.map((value) => factor * value),
          true,
        ),
        importance,
        { abs: 0, rel: 0 },
      );
    },
  );

  // So a mean of about a half is no sign of a signal.
  it('of noise with signs is 0.56 in the mean', () => {
    const noise = tidied(() => plain(tf.randomNormal([20_000], 0, 1, 'float32', 1)) as number[]);
    expect(Math.abs(mean(of(noise, true)) - 0.556)).toBeLessThan(0.01);
  });

  it('is the largest of all domains: it never falls, and their order and repetition do not matter', () => {
    const model = tinyEncoder(0);
    const measured = (seed: number) =>
      Object.fromEntries(gateSites(model).map((site) => [site.name, tf.randomUniform([gateCount(site)], 0, 1, 'float32', seed)]));
    const after = (...seeds: readonly number[]): readonly number[] =>
      tidied(() => {
        const start = { importance: null as NamedTensorMap | null, passes: null as NamedTensorMap | null };
        const { importance } = seeds.reduce(
          (state, seed) => das().afterTask!({ model } as unknown as BoundaryContext, state, measured(seed)),
          start,
        );
        return Object.values(plain(importance) as ByUnit).flat();
      });
    const [two, three] = [after(1, 2), after(1, 2, 3)];
    expect(after(3, 1, 2, 1)).toEqual(three);
    expect(three.every((value, i) => value >= two[i]!)).toBe(true);
    expect(three).not.toEqual(two);
  });

  it('of a domain is measured after it is learned, without dropout', async () => {
    const trial = { tasks: 1, optimizer: sgd(0), options: { general: false } } as const;
    const [begin, end] = await importances(trial);
    expect(begin).toBe(null);
    expect(Object.keys(end!)).toEqual(gateSites(tinyEncoder(0)).map(({ name }) => name));
    for (const values of Object.values(end!)) expect(Math.max(...values)).toBeGreaterThan(0.3);
    expect(await importances({ ...trial, dropout: 0 })).toEqual([null, end]);
    expect(await importances({ ...trial, optimizer: sgd(0.1) })).not.toEqual([null, end]);
  });

  it('of sums with signs is another than of magnitudes', async () => {
    const [[, unsigned], [, signed]] = (await Promise.all(
      [false, true].map((signed) => importances({ tasks: 1, options: { general: false, signed } })),
    )) as [ByUnit[], ByUnit[]];
    expect(signed).not.toEqual(unsigned);
  });
});

describe('importance for general knowledge', () => {
  it('is refused where there is no dropout, with what to do about it', async () => {
    await expect(learned({ strategy: das(), dropout: 0 })).rejects.toMatchObject({
      code: 'CL_REQUIREMENT',
      message: expect.stringContaining('das({ general: false })'),
    });
  });

  it('is there before the first domain, and stays', async () => {
    const [begin, first, again, second] = await importances({});
    for (const [site, values] of Object.entries(begin!)) {
      expect(Math.max(...values)).toBeGreaterThan(0);
      for (const [i, value] of values.entries()) expect(first![site]![i]).toBeGreaterThanOrEqual(value);
    }
    expect(again).toEqual(first);
    expect(second).not.toEqual(first);
  });

  it('is much the same for other draws of dropout, and noise is not', async () => {
    const parameters = someParameters(tinyEncoder(0));
    const measured = (options: DasOptions) =>
      Promise.all([1, 2, 3, 4].map(async (seed) => (await importances({ tasks: 1, parameters, seed, options }))[0]!));
    const agreement = (all: readonly ByUnit[]): number =>
      mean(all.flatMap((a, i) => all.slice(0, i).flatMap((b) => Object.keys(a).map((site) => rankCorrelation(a[site]!, b[site]!)))));
    expect(agreement(await measured({}))).toBeGreaterThan(0.3);
    expect(Math.abs(agreement(await measured({ importance: 'random' })))).toBeLessThan(0.3);
    tf.dispose(parameters);
  });

  it('is measured on as many examples as asked', async () => {
    const [few, more, all] = await Promise.all([8, 16, 1000].map((general) => importances({ tasks: 1, options: { general } })));
    expect(few![0]).not.toEqual(more![0]);
    expect((await importances({ tasks: 1, options: { general: 24 } }))[0]).toEqual(all![0]);
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Spearman's: the correlation of ranks, those of ties being their mean. 0 where one list has a single value. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const centred = (values: readonly number[]) => {
    const ranks = values.map((value) => mean(values.flatMap((_, i) => ([...values].sort((x, y) => x - y)[i] === value ? [i] : []))));
    return ranks.map((rank) => rank - mean(ranks));
  };
  const [x, y] = [centred(a), centred(b)];
  const product = (p: readonly number[], q: readonly number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  const scale = Math.sqrt(product(x, x) * product(y, y));
  return scale > 0 ? product(x, y) / scale : 0;
}
