import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyStrategy,
  type AtSite,
  type Batch,
  crossEntropyOfRows,
  defineStrategy,
  type Model,
  map,
  type RowLossFunction,
  random,
  valueAndGradients,
} from '../../src/index.js';
import { tinyCnn, tinyMlp } from '../../src/testing/index.js';
import { expectClose, numbers, onCpu } from '../learner/support.js';
import { contextOf } from './support.js';

onCpu();

type Measure = 'squares' | 'magnitudes';

/** Five random rows, the last of weight zero, another of weight one half. */
function batchFor(shape: readonly number[], outputs: number): Batch {
  const draws = random(1, 'batch');
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    x: tf.tensor(
      Float32Array.from({ length: 5 * size }, () => draws.normal()),
      [5, ...shape],
    ),
    y: tf.tensor1d(
      [0, 1, 2, 3, 0].map((label) => label % outputs),
      'int32',
    ),
    weight: tf.tensor1d([1, 1, 0.5, 1, 0]),
    competing: null,
    extra: {},
  };
}

/** Row by row, by the definition. */
function bruteForce(
  forward: (x: tf.Tensor, p: tf.NamedTensorMap) => tf.Tensor,
  measure: Measure,
  batch: Batch,
  loss: RowLossFunction,
  parameters: tf.NamedTensorMap,
) {
  const sums = map(tf.zerosLike, parameters);
  const weights = numbers(batch.weight);
  weights.forEach((weight, n) => {
    const x = tf.slice(batch.x as tf.Tensor, [n], [1]);
    const row: Batch = { ...batch, x, y: tf.slice(batch.y, [n], [1]), weight: tf.ones([1]) };
    const { gradients } = valueAndGradients((p) => ({ loss: tf.sum(loss(forward(x, p), row)) as tf.Scalar, aux: null }), parameters);
    for (const name of Object.keys(sums)) {
      const measured = measure === 'squares' ? tf.square(gradients[name]!) : tf.abs(gradients[name]!);
      sums[name] = tf.add(sums[name]!, tf.mul(weight, measured));
    }
  });
  return sums;
}

const values = (tensors: tf.NamedTensorMap) => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, numbers(tensor)]));

const LOSSES: readonly (readonly [string, RowLossFunction])[] = [
  ['cross-entropy', crossEntropyOfRows],
  ['squared outputs', (outputs) => tf.sum(tf.square(outputs), 1) as tf.Tensor1D],
];

/** Counts passes through the model: one by one takes one for each row. */
function counted(model: Model): { model: Model; passes: () => number } {
  let passes = 0;
  return {
    model: {
      ...model,
      apply: (parameters, x, options) => {
        passes++;
        return model.apply(parameters, x, options);
      },
    },
    passes: () => passes,
  };
}

/** A site that nobody looks at. */
const asItIs: AtSite = (_site, value) => value;

const strided: Model = tinyCnn({ inputs: [7, 5, 2] });

describe('gradients of single examples', () => {
  for (const [name, made, shape] of [
    ['a multi-layer perceptron', tinyMlp(), [4]],
    ['a convolutional network', tinyCnn(), [6, 6, 1]],
    ['a convolutional network with strides on odd sides', strided, [7, 5, 2]],
  ] as const) {
    for (const measure of ['squares', 'magnitudes'] as const) {
      it.each(LOSSES)(`of ${name}: ${measure} of %s are those of one row at a time, in two passes`, (_what, loss) => {
        tf.tidy(() => {
          const { model, passes } = counted(made);
          const ctx = contextOf(model);
          const batch = batchFor(shape, model.outputs);
          const fast = ctx.perExample(measure, batch, loss);
          expect(passes()).toBe(2);
          const slow = bruteForce((x, p) => model.apply(p, x).outputs, measure, batch, loss, ctx.parameters);
          expectClose(values(fast), values(slow), 5);
          return [];
        });
      });
    }
  }

  it('of a dense layer over positions sum over positions before they are measured', () => {
    tf.tidy(() => {
      // Five positions of three channels through one kernel, then the mean over positions.
      const model: Model = {
        name: 'positions',
        inputs: [5, 3],
        outputs: 4,
        parameters: {
          'dense0/kernel': { shape: [3, 4], role: 'head', use: { op: 'dense' }, initializer: { name: 'normal', deviation: 1 } },
          'dense0/bias': { shape: [4], role: 'head', initializer: { name: 'normal', deviation: 1 } },
        },
        sites: [
          { name: 'dense0/input', kind: 'input', units: 3, feeds: ['dense0/kernel'] },
          { name: 'dense0/preactivation', kind: 'preactivation', units: 4, fedBy: ['dense0/kernel', 'dense0/bias'] },
        ],
        apply(parameters, x, { at = asItIs } = {}) {
          const rows = tf.reshape(at(this.sites[0]!, x as tf.Tensor), [-1, 3]) as tf.Tensor2D;
          const z = tf.add(tf.matMul(rows, parameters['dense0/kernel'] as tf.Tensor2D), parameters['dense0/bias']!);
          return { outputs: tf.mean(tf.tanh(at(this.sites[1]!, tf.reshape(z, [-1, 5, 4]))), 1) };
        },
      };
      const { model: watched, passes } = counted(model);
      const ctx = contextOf({ ...watched, apply: watched.apply.bind(model) });
      const batch = batchFor([5, 3], 4);
      for (const measure of ['squares', 'magnitudes'] as const) {
        const fast = values(ctx.perExample(measure, batch, crossEntropyOfRows));
        expectClose(fast, values(bruteForce((x, p) => model.apply(p, x).outputs, measure, batch, crossEntropyOfRows, ctx.parameters)), 5);
      }
      expect(passes()).toBe(4);
      return [];
    });
  });

  it('see masks on weights: by the chain rule, one row at a time', () => {
    tf.tidy(() => {
      const mask = (parameters: tf.NamedTensorMap) => map((tensor) => tf.mul(tensor, 0.5), parameters);
      const masked = defineStrategy({ name: 'masked', init: () => ({}), effective: (_ctx, parameters) => mask(parameters) });
      const { model, passes } = counted(tinyMlp());
      const ctx = contextOf(model, masked);
      const batch = batchFor([4], 4);
      for (const measure of ['squares', 'magnitudes'] as const) {
        const got = values(ctx.perExample(measure, batch, crossEntropyOfRows));
        const slow = bruteForce((x, p) => tinyMlp().apply(mask(p), x).outputs, measure, batch, crossEntropyOfRows, ctx.parameters);
        expectClose(got, values(slow), 5);
      }
      expect(passes()).toBe(2 * 5);
      return [];
    });
  });

  it('see gates at sites, wherever these are, in two passes', () => {
    for (const gated of ['dense0', 'dense0/preactivation', 'dense1/input', 'features', 'head/preactivation']) {
      tf.tidy(() => {
        const gate: NonNullable<AnyStrategy['at']> = (_ctx, site, value) =>
          site.name === gated ? tf.mul(value, tf.tanh(tf.add(value, 0.3))) : value;
        const gates = { name: 'gates', init: () => ({}), at: gate } as unknown as AnyStrategy;
        const { model, passes } = counted(tinyMlp());
        const ctx = contextOf(model, gates);
        const batch = batchFor([4], 4);
        const got = values(ctx.perExample('squares', batch, crossEntropyOfRows));
        expect(passes()).toBe(2);
        const forward = (x: tf.Tensor, p: tf.NamedTensorMap) =>
          tinyMlp().apply(p, x, { at: (site, value) => gate(ctx, site, value, {}) }).outputs;
        expectClose(got, values(bruteForce(forward, 'squares', batch, crossEntropyOfRows, ctx.parameters)), 5);
        return [];
      });
    }
  });

  it('of a model without sites are taken one row at a time', () => {
    tf.tidy(() => {
      const { model, passes } = counted({ ...tinyMlp(), sites: [] });
      const ctx = contextOf(model);
      const batch = batchFor([4], 4);
      const got = values(ctx.perExample('magnitudes', batch, crossEntropyOfRows));
      expect(passes()).toBe(5);
      expectClose(got, values(bruteForce((x, p) => model.apply(p, x).outputs, 'magnitudes', batch, crossEntropyOfRows, ctx.parameters)), 5);
      return [];
    });
  });

  it('of a kernel that two layers share are sums before they are measured', () => {
    tf.tidy(() => {
      const spec = { shape: [4, 4], role: 'head', use: { op: 'dense' }, initializer: { name: 'normal', deviation: 0.5 } } as const;
      const site = (i: number) =>
        [
          { name: `layer${i}/input`, kind: 'input', units: 4, feeds: ['shared'] },
          { name: `layer${i}/preactivation`, kind: 'preactivation', units: 4, fedBy: ['shared'] },
        ] as const;
      const model: Model = {
        name: 'tied',
        inputs: [4],
        outputs: 4,
        parameters: { shared: spec },
        sites: [...site(0), ...site(1)],
        apply(parameters, x, { at = asItIs } = {}) {
          const layer = (value: tf.Tensor, i: number) =>
            at(this.sites[2 * i + 1]!, tf.matMul(at(this.sites[2 * i]!, value) as tf.Tensor2D, parameters.shared as tf.Tensor2D));
          return { outputs: layer(tf.tanh(layer(x as tf.Tensor, 0)), 1) };
        },
      };
      const ctx = contextOf(model);
      const batch = batchFor([4], 4);
      const got = values(ctx.perExample('squares', batch, crossEntropyOfRows));
      expectClose(got, values(bruteForce((x, p) => model.apply(p, x).outputs, 'squares', batch, crossEntropyOfRows, ctx.parameters)), 5);
      return [];
    });
  });
});
