import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type Batch, crossEntropyOfRows, dot, type Model, random, valueAndGradients } from '../../src/index.js';
import { tinyCnn, tinyMlp } from '../../src/testing/index.js';
import { numbers, onCpu } from '../learner/support.js';
import { contextOf } from './support.js';

onCpu();

const withoutUse = (model: Model): Model => ({
  ...model,
  parameters: Object.fromEntries(Object.entries(model.parameters).map(([name, { use: _use, ...spec }]) => [name, spec])),
});

it.each([
  ['a multi-layer perceptron', tinyMlp(), [4], 2],
  ['a convolutional network', tinyCnn(), [6, 6, 1], 2],
  ['a model that does not tell how it uses its kernels', withoutUse(tinyMlp()), [4], 4],
] as const)('products of gradients of single rows of %s are those of gradients taken one by one', (_name, made, shape, passes) => {
  tf.tidy(() => {
    let taken = 0;
    const model: Model = {
      ...made,
      apply(...args) {
        taken++;
        return made.apply(...args);
      },
    };
    const ctx = contextOf(model);
    const draws = random(1, 'rows');
    const size = shape.reduce<number>((a, b) => a * b, 1);
    const batch: Batch = {
      x: tf.tensor(
        Float32Array.from({ length: 4 * size }, () => draws.normal()),
        [4, ...shape],
      ),
      y: tf.tensor1d([0, 1, 2, 1], 'int32'),
      weight: tf.tensor1d([1, 1, 0.5, 1]),
      competing: null,
      extra: {},
    };
    const products = numbers(ctx.gradientProducts(batch));
    expect(taken).toBe(passes);
    const gradients = [0, 1, 2, 3].map((n) => {
      const row: Batch = { ...batch, x: tf.slice(batch.x as tf.Tensor, n, 1), y: tf.slice(batch.y, n, 1), weight: tf.ones([1]) };
      const loss = (p: tf.NamedTensorMap) => tf.sum(crossEntropyOfRows(made.apply(p, row.x).outputs, row)) as tf.Scalar;
      return valueAndGradients((p) => ({ loss: loss(p), aux: null }), ctx.parameters).gradients;
    });
    const expected = gradients.flatMap((a) => gradients.map((b) => dot(a, b).dataSync()[0]!));
    for (const [i, product] of products.entries()) expect(product).toBeCloseTo(expected[i]!, 4);
    return [];
  });
});
