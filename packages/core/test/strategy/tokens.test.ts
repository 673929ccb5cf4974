import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  competingLogits,
  crossEntropyOfRows,
  initialParameters,
  type Labels,
  labelled,
  type Model,
  NO_TARGET,
  weightedMean,
} from '../../src/index.js';
import type { GraphContext } from '../../src/strategy/context.js';
import { gradientProducts } from '../../src/strategy/gradient-products.js';
import { type Examples, perExample } from '../../src/strategy/per-example.js';
import { tinyTagger } from '../../src/testing/index.js';
import { expectClose, numbers, onCpu, refused } from '../learner/support.js';

onCpu();

const NONE = NO_TARGET;
const batchFor = (): Batch => ({
  x: {
    ids: tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 3, 3, 3, 3, 3], [3, 5], 'int32'),
    attentionMask: tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1], [3, 5], 'int32'),
  },
  y: tf.tensor2d([0, 1, 2, NONE, 3, 1, NONE, 0, NONE, NONE, 0, 0, 0, 0, 0], [3, 5], 'int32'),
  weight: tf.tensor1d([1, 0.5, 0]),
  competing: null,
  extra: {},
});

/** The tagger with an embedding that is not learned: all that is left belongs to layers whose sites see a token a row. */
function onFixedEmbedding(): { model: Model; parameters: tf.NamedTensorMap } {
  const tagger = tinyTagger();
  const { 'embedding/table': table, ...parameters } = initialParameters(tagger, 1);
  const { 'embedding/table': _, ...specs } = tagger.parameters;
  const apply: Model['apply'] = (p, x, options) => tagger.apply({ ...p, 'embedding/table': table! }, x, options);
  return { model: { ...tagger, parameters: specs, apply }, parameters };
}

const examples = (exact: boolean): Examples => {
  const { model, parameters } = onFixedEmbedding();
  const pass: Examples['pass'] = (x, p = parameters, { beneath, at } = {}) =>
    model.apply(p, x, { at: (site, value) => at?.(site, beneath?.(site, value) ?? value) ?? beneath?.(site, value) ?? value });
  return { batch: batchFor(), loss: crossEntropyOfRows, model, parameters, pass, exact };
};

const values = (tensors: tf.NamedTensorMap) => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, numbers(tensor)]));

describe('gradients of rows of tokens', () => {
  it.each(['squares', 'magnitudes'] as const)('have %s as one by one, where sites see each token as a row', (measure) => {
    tf.tidy(() => {
      const [fast, slow] = [true, false].map((exact) => perExample({ ...examples(exact), measure }));
      expectClose(values(fast!), values(slow!), 5);
      return [];
    });
  });

  it('have inner products as one by one', () => {
    tf.tidy(() => {
      const [fast, slow] = [true, false].map((exact) => numbers(gradientProducts(examples(exact))));
      expectClose({ products: fast! }, { products: slow! }, 5);
      return [];
    });
  });
});

describe('labels of tokens', () => {
  const ctx = (): GraphContext => {
    const { model, parameters } = onFixedEmbedding();
    return {
      forward: (x: Batch['x']) => model.apply(parameters, x).outputs,
      uniform: (shape: number[]) => tf.fill(shape, 0.999),
    } as unknown as GraphContext;
  };

  it.each(['sample', 'predicted'] as const)('%s: one for each token that has a target', (labels) => {
    tf.tidy(() => {
      const batch = batchFor();
      const [one] = labelled(ctx(), batch, labels, 'test');
      expect(one!.y.shape).toEqual([3, 5]);
      const [found, was] = [numbers(one!.y), numbers(batch.y)];
      expect(found.map((label) => label < 0)).toEqual(was.map((label) => label < 0));
      const likely = numbers(tf.argMax(competingLogits(ctx().forward(batch.x), batch), -1));
      if (labels === 'predicted') found.forEach((label, i) => void expect(label).toBe(was[i]! < 0 ? NONE : likely[i]));
      return [];
    });
  });

  it.each(['exact', 'weighted'] as const)('%s: refused, with what to take instead', async (labels: Labels) => {
    const message = await refused(() => tf.tidy(() => void labelled(ctx(), batchFor(), labels, 'ewc()')));
    expect(message).toMatch(/^CL_REQUIREMENT ewc\(\) weighs all labels.*Take 'sample'/);
  });
});

describe('weightedMean', () => {
  it('takes weights of rows for all that rows have', () => {
    tf.tidy(() => {
      const values = tf.tensor2d([
        [1, 3],
        [10, 20],
      ]);
      expect(numbers(weightedMean(values, tf.tensor1d([1, 0])))).toEqual([2]);
      expect(numbers(weightedMean(values, tf.tensor1d([1, 1])))).toEqual([8.5]);
      return [];
    });
  });
});
