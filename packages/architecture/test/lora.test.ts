import { adam, adamW, initialParameters, Learner, momentum, type Optimizer, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned } from '../../../testing/toy.js';
import { plain, taken, tidied } from '../../../testing/watched.js';
import { cnn, decoder, language, mlp } from '../../models/src/index.js';
import { difference, type LoraOptions, lora, lowRank, mergeAdapters } from '../src/index.js';
import type { Values } from './differences/support.js';

strategyContract({
  create: (options) => lora({ rank: 2, ...options }),
  changesFirstTask: true,
  badOptions: [{ rank: 0 }, { rank: 1.5 }, { alpha: 0 }, { alpha: '4' }, { match: 'query' }, { head: 'new' }],
  goodOptions: [{ rank: 1 }, { alpha: 1 }, { match: ['kernel'] }, { head: 'frozen', match: ['head'] }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', tasks: 2, rows: 20 });
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];
const model = mlp({ inputs: 6, hidden: [8, 6], outputs: 4 });

async function weightsOf(options: LoraOptions, optimizer: Optimizer = adam(0.01), tasks = 2): Promise<Values> {
  const learner = await learned({ stream, hidden: [8, 6], optimizer, strategy: lora(options), tasks });
  const weights = taken(learner.parameters());
  learner.dispose();
  return weights;
}

describe('the network', () => {
  it.each(OPTIMIZERS)('below the classifier does not change a bit, under $name', async (optimizer) => {
    const [before, after] = [await weightsOf({ rank: 2 }, optimizer, 0), await weightsOf({ rank: 2 }, optimizer)];
    for (const name of ['dense0/kernel', 'dense0/bias', 'dense1/kernel', 'dense1/bias']) expect(after[name], name).toEqual(before[name]);
    for (const name of ['head/kernel', 'head/bias', 'dense0/kernel/lora/a', 'dense1/kernel/lora/b'])
      expect(after[name], name).not.toEqual(before[name]);
  });

  it("with head: 'frozen' keeps its classifier too", async () => {
    const [before, after] = [await weightsOf({ rank: 2, head: 'frozen' }, adam(0.01), 0), await weightsOf({ rank: 2, head: 'frozen' })];
    for (const name of Object.keys(model.parameters)) expect(after[name], name).toEqual(before[name]);
  });

  it('says at first what it says without adapters, bit for bit, and after training something else', async () => {
    const learner = new Learner({ model, optimizer: adam(0.01), scenario: 'class', strategy: lora({ rank: 3 }), seed: 3 });
    const x = tf.randomNormal([5, 6], 0, 1, 'float32', 1);
    const without = tidied(() => plain(model.apply(initialParameters(model, 3), x).outputs));
    expect(taken({ y: learner.predict(x) }).y).toEqual(without);
    await learner.learn(stream.tasks[0]!, { iterations: 5 });
    expect(taken({ y: learner.predict(x) }).y).not.toEqual(without);
    x.dispose();
    learner.dispose();
  });
});

describe('merged adapters', () => {
  it.each([{ rank: 2 }, { rank: 3, alpha: 1.5 }])('say what adapters beside the network say: %o', async (options) => {
    const learner = await learned({
      stream,
      hidden: [8, 6],
      optimizer: adam(0.05),
      strategy: lora(options),
      learn: { epochs: 5, batchSize: 8 },
    });
    const off = tidied(() => {
      const x = tf.randomNormal([7, 6], 0, 1, 'float32', 2);
      const merged = mergeAdapters(learner.parameters(), options);
      expect(Object.keys(merged)).toEqual(Object.keys(model.parameters));
      return tf.max(tf.abs(tf.sub(model.apply(merged, x).outputs, learner.predict(x)))).dataSync()[0]!;
    });
    expect(off).toBeLessThan(1e-5);
    learner.dispose();
  });

  it('differ from the network by a matrix of at most the rank, times α / r', async () => {
    const options = { rank: 2, alpha: 3 };
    const learner = await learned({ stream, hidden: [8, 6], optimizer: adam(0.05), strategy: lora(options) });
    const [ranks, off] = tidied(() => {
      const own = learner.parameters();
      const delta = difference(
        Object.fromEntries(Object.entries(mergeAdapters(own, options)).filter(([name]) => name.startsWith('dense'))),
        Object.fromEntries(Object.entries(own).filter(([name]) => name in model.parameters && name.startsWith('dense'))),
      );
      const product = tf.mul(tf.matMul(own['dense0/kernel/lora/a']!, own['dense0/kernel/lora/b']!), 1.5);
      return [lowRank(delta, { variance: 0.9999 }).ranks, tf.max(tf.abs(tf.sub(product, delta['dense0/kernel']!))).dataSync()[0]!];
    });
    expect(ranks['dense0/kernel']).toBeLessThanOrEqual(2);
    expect(ranks['dense1/kernel']).toBeLessThanOrEqual(2);
    expect(off).toBeLessThan(1e-6);
    learner.dispose();
  });
});

describe('kernels that get adapters', () => {
  const adaptersOf = (of: typeof model, options: Partial<LoraOptions> = {}) =>
    Object.entries(lora({ rank: 2, ...options }).wrap!(of, []).parameters)
      .filter(([name]) => name.includes('/lora/'))
      .map(([name, { shape }]) => `${name} ${shape}`);
  const chat = decoder({
    layout: 'llama',
    vocabulary: 11,
    sequence: 6,
    width: 4,
    layers: 1,
    heads: 2,
    keyHeads: 1,
    feedForward: 7,
    head: language(),
  });

  it('are those of layers, of convolutions with all places of a filter as inputs', () => {
    expect(adaptersOf(model)).toEqual([
      'dense0/kernel/lora/a 6,2',
      'dense0/kernel/lora/b 2,8',
      'dense1/kernel/lora/a 8,2',
      'dense1/kernel/lora/b 2,6',
    ]);
    expect(adaptersOf(cnn({ inputs: [6, 6, 1], filters: [3], hidden: 7, outputs: 3 }))[0]).toBe('conv0/kernel/lora/a 9,2');
  });

  it('of a transformer are all linear ones, and not its table of words; or those that are named', () => {
    const all = adaptersOf(chat);
    expect(all).toHaveLength(2 * 7);
    expect(all.some((name) => name.startsWith('embedding'))).toBe(false);
    expect(adaptersOf(chat, { match: ['query', 'value'] })).toEqual([
      'layer0/attention/query/kernel/lora/a 4,2',
      'layer0/attention/query/kernel/lora/b 2,4',
      'layer0/attention/value/kernel/lora/a 4,2',
      'layer0/attention/value/kernel/lora/b 2,2',
    ]);
  });

  it('of a model that does not say which they are, are all matrices below the classifier', () => {
    const parameters = Object.fromEntries(Object.entries(model.parameters).map(([name, { use: _use, ...spec }]) => [name, spec]));
    expect(adaptersOf({ ...model, parameters })).toEqual(adaptersOf(model));
  });

  it('must be there', () => {
    expect(() => adaptersOf(mlp({ inputs: 6, hidden: [], outputs: 4 }))).toThrow(
      /'lora' puts adapters beside kernels; .* has none below its classifier/,
    );
    expect(() => adaptersOf(model, { match: ['query'] })).toThrow(
      /has none with 'query' in its name. It has: dense0\/kernel, dense1\/kernel, head\/kernel/,
    );
    expect(() => lora({ rank: 2, match: [''] })).toThrow(/match\[0\] must be a part of a parameter's name/);
  });
});
