import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import {
  type Batch,
  crossEntropyOfRows,
  dot,
  fromMatrices,
  initialParameters,
  inputFactors,
  type Model,
  map,
  matrixLayers,
  named,
  random,
  toMatrices,
} from '../../src/index.js';
import { tinyCnn, tinyMlp } from '../../src/testing/index.js';
import { numbers, onCpu } from '../learner/support.js';
import { contextOf } from '../strategy/support.js';

onCpu();

/** Five random rows, the last of weight zero, another of weight one half. */
function batchFor({ inputs, outputs }: Model): Batch {
  const draws = random(1, 'batch');
  const shape = inputs as readonly number[];
  const x = Float32Array.from({ length: 5 * shape.reduce((a, b) => a * b, 1) }, () => draws.normal());
  const y = [0, 1, 2, 3, 0].map((label) => label % outputs);
  return {
    x: tf.tensor(x, [5, ...shape]),
    y: tf.tensor1d(y, 'int32'),
    weight: tf.tensor1d([1, 0.5, 1, 1, 0]),
    competing: null,
    extra: {},
  };
}

const oneRow = ({ x, y, ...rest }: Batch, n: number): Batch => ({
  ...rest,
  x: tf.gather(x as Tensor, [n]),
  y: tf.gather(y, [n]),
  weight: tf.tensor1d([1]),
});

describe('factors of dense layers', () => {
  const model = tinyMlp();

  it('of one example: their product is exactly the outer product of its gradient with itself', () => {
    tf.tidy(() => {
      const ctx = contextOf(model);
      const layers = matrixLayers(model, 'test');
      const row = oneRow(batchFor(model), 2);
      const gradients = toMatrices(layers, ctx.gradientsOf(row));
      for (const [name, { input, output }] of Object.entries(ctx.kronecker(row, crossEntropyOfRows))) {
        const g = named(gradients, name);
        const flat = tf.reshape(g, [-1, 1]);
        const exact = tf.matMul(flat as never, flat as never, false, true);
        // (input ⊗ output) in the order of rows, then columns.
        const [rows, units] = g.shape as [number, number];
        const left = tf.reshape(input, [rows, 1, rows, 1]);
        const product = tf.reshape(tf.mul(left, tf.reshape(output, [1, units, 1, units])), exact.shape);
        expectClose(numbers(product), numbers(exact), { abs: 1e-6, rel: 1e-6 });
      }
    });
  });

  it('of several: weighted sums, in which rows of weight zero are not there', () => {
    tf.tidy(() => {
      const ctx = contextOf(model);
      const batch = batchFor(model);
      const all = ctx.kronecker(batch, crossEntropyOfRows);
      const each = [0, 1, 2, 3].map((n) => ctx.kronecker(oneRow(batch, n), crossEntropyOfRows));
      const weights = [1, 0.5, 1, 1];
      for (const name of Object.keys(all)) {
        for (const side of ['input', 'output'] as const) {
          const sum = each.map((factors, n) => tf.mul(factors[name]![side], weights[n]!)).reduce((a, b) => tf.add(a, b));
          expectClose(numbers(all[name]![side]), numbers(sum), { abs: 1e-5, rel: 1e-5 });
        }
      }
      // The corner belongs to the constant 1 of the bias.
      expect(all.dense0!.input.arraySync()[4]![4]).toBeCloseTo(3.5, 6);
    });
  });

  it('the inputs alone, by a forward pass, are the same', () => {
    for (const each of [model, tinyCnn()]) {
      tf.tidy(() => {
        const ctx = contextOf(each);
        const batch = batchFor(each);
        const inputs = inputFactors(ctx, matrixLayers(each, 'test'), batch);
        for (const [name, { input }] of Object.entries(ctx.kronecker(batch, crossEntropyOfRows)))
          expectClose(numbers(named(inputs, name)), numbers(input), { abs: 1e-6, rel: 1e-6 });
      });
    }
  });
});

describe('factors of convolutions', () => {
  it('are those of a dense layer where an image is as large as the kernel', () => {
    // One position: a 3 × 3 convolution with strides of 2 and padding 'same' on a 2 × 2 image, whose padding adds zeros.
    tf.tidy(() => {
      const model = tinyCnn({ inputs: [2, 2, 1] });
      const ctx = contextOf(model);
      const row = oneRow(batchFor(model), 1);
      const g = named(toMatrices(matrixLayers(model, 'test'), ctx.gradientsOf(row)), 'conv1');
      const { input, output } = ctx.kronecker(row, crossEntropyOfRows).conv1!;
      // ‖g‖² = tr(input) tr(output) for a product of rank one.
      expect(numbers(tf.sum(tf.square(g)))[0]).toBeCloseTo(trace(input) * trace(output), 6);
      expectClose(numbers(tf.square(tf.norm(input))), [trace(input) ** 2], { abs: 1e-5, rel: 1e-5 });
    });
  });

  it('sum inputs over positions and take the mean of gradients', () => {
    tf.tidy(() => {
      const model = tinyCnn();
      const ctx = contextOf(model);
      const batch = batchFor(model);
      const { input, output } = ctx.kronecker(batch, crossEntropyOfRows).conv0!;
      // 36 positions of 3.5 rows see the 1 of the bias.
      expect(input.arraySync()[9]![9]).toBeCloseTo(36 * 3.5, 3);
      // The middle of the kernel sees each pixel once: Σ w x².
      const pixels = tf.mul(tf.square(batch.x as Tensor), tf.reshape(batch.weight, [5, 1, 1, 1]));
      expect(input.arraySync()[4]![4]).toBeCloseTo(numbers(tf.sum(pixels))[0]!, 3);
      expect(output.shape).toEqual([2, 2]);
      expect(trace(output)).toBeGreaterThan(0);
    });
  });
});

const trace = (matrix: Tensor): number => (matrix.arraySync() as number[][]).reduce((sum, row, i) => sum + row[i]!, 0);

describe('layers as matrices', () => {
  it('there and back is what it was', () => {
    for (const model of [tinyMlp(), tinyCnn()]) {
      tf.tidy(() => {
        const layers = matrixLayers(model, 'test');
        const parameters = initialParameters(model, 1);
        const matrices = toMatrices(layers, parameters);
        for (const { name, inputs, units } of layers) expect(matrices[name]!.shape).toEqual([inputs, units]);
        const back: NamedTensorMap = fromMatrices(layers, matrices);
        expect(Object.keys(back).sort()).toEqual(Object.keys(parameters).sort());
        for (const [name, tensor] of Object.entries(parameters)) {
          expect(back[name]!.shape).toEqual(tensor.shape);
          expect(numbers(back[name]!)).toEqual(numbers(tensor));
        }
        expectClose(numbers(dot(back, parameters)), numbers(dot(parameters, map(tf.clone, parameters))), { abs: 1e-6, rel: 1e-6 });
      });
    }
  });

  it('a layer without a bias has no row for it', () => {
    const model = tinyMlp();
    const { 'dense0/bias': _, ...parameters } = model.parameters;
    const sites = model.sites.map((site) => ({
      ...site,
      ...(site.fedBy && { fedBy: site.fedBy.filter((name) => name !== 'dense0/bias') }),
    }));
    const [first] = matrixLayers({ ...model, parameters, sites }, 'test');
    expect([first!.bias, first!.inputs]).toEqual([null, 4]);
  });

  it('refuses a model with parameters that are of no such layer, by their name', () => {
    const model = tinyMlp();
    const more = { ...model, parameters: { ...model.parameters, gain: { shape: [3], initializer: 'ones', role: 'trunk' } as const } };
    expect(() => matrixLayers(more, 'ncl')).toThrow(
      expect.objectContaining({ code: 'CL_REQUIREMENT', message: expect.stringMatching(/'ncl'.*'gain'/) }),
    );
    const shared = { ...model, sites: [...model.sites, ...model.sites] };
    expect(() => matrixLayers(shared, 'ncl')).toThrow(expect.objectContaining({ code: 'CL_REQUIREMENT' }));
  });
});
