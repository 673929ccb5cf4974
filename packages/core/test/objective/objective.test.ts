import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  classification,
  competingLogits,
  crossEntropyOfRows,
  meanLoss,
  regression,
  valueAndGradients,
  weightedMean,
} from '../../src/index.js';
import { numbers, onCpu, refused } from '../learner/support.js';

onCpu();

const batchOf = (y: tf.Tensor, weight: number[], competing: number[][] | null = null): Batch => ({
  x: null,
  y,
  weight: tf.tensor1d(weight),
  competing: competing && tf.tensor2d(competing),
  extra: {},
});
const labels = (...list: number[]) => tf.tensor1d(list, 'int32');

describe('classification', () => {
  it('is the mean cross-entropy over rows, by weight', () => {
    tf.tidy(() => {
      // Equal logits: −log ½ whatever the label; a certain one: 0.
      const outputs = tf.tensor2d([
        [0, 0],
        [50, 0],
        [0, 50],
      ]);
      const loss = meanLoss(classification(), outputs, batchOf(labels(0, 0, 0), [1, 1, 0]));
      expect(loss.dataSync()[0]).toBeCloseTo(Math.log(2) / 2, 6);
      return [];
    });
  });

  it('takes outputs that do not compete out of the softmax, and out of the gradient', () => {
    tf.tidy(() => {
      const competing = [
        [1, 1, 0],
        [0, 1, 1],
      ];
      const batch = batchOf(labels(0, 2), [1, 1], competing);
      const outputs = tf.tensor2d([
        [0, 0, 9],
        [9, 0, 0],
      ]);
      expect(numbers(crossEntropyOfRows(outputs, batch)).map((loss) => loss.toFixed(5))).toEqual([
        Math.log(2).toFixed(5),
        Math.log(2).toFixed(5),
      ]);
      const { gradients } = valueAndGradients(({ z }) => ({ loss: tf.sum(crossEntropyOfRows(z!, batch)) as tf.Scalar, aux: null }), {
        z: outputs,
      });
      expect(numbers(gradients.z!)).toEqual([-0.5, 0.5, 0, 0, 0.5, -0.5]);
      expect(numbers(tf.argMax(competingLogits(outputs, batch), 1))).toEqual([0, 1]);
      return [];
    });
  });

  it('counts rows that are right, by weight', () => {
    tf.tidy(() => {
      const outputs = tf.tensor2d([
        [1, 0],
        [1, 0],
        [0, 1],
      ]);
      const { accuracy } = classification().measure(outputs, batchOf(labels(0, 1, 1), [1, 1, 0]));
      expect([accuracy!.sum.dataSync()[0], accuracy!.weight.dataSync()[0]]).toEqual([1, 2]);
      return [];
    });
  });

  it('has loss 0, and gradient 0, on a batch of padding alone', () => {
    tf.tidy(() => {
      const batch = batchOf(labels(0), [0], [[0, 0]]);
      const { loss, gradients } = valueAndGradients(({ z }) => ({ loss: meanLoss(classification(), z!, batch), aux: null }), {
        z: tf.tensor2d([[1, 2]]),
      });
      expect([...numbers(loss), ...numbers(gradients.z!)].map(Math.abs)).toEqual([0, 0, 0]);
      return [];
    });
  });

  it('refuses labels that name no output', async () => {
    const check = (y: readonly number[]) => refused(() => classification().check!(Float32Array.from(y), 3, []));
    for (const y of [[0, 3], [-1], [0.5], [Number.NaN]])
      expect(await check(y)).toMatch(/^CL_LABEL classification\(\): labels must be whole numbers from 0 to 2/);
    classification().check!(Int32Array.of(0, 2), 3, []);
  });

  it('refuses targets that are no class numbers: a column of one, one-hot rows, floats', async () => {
    for (const [y, shape, received] of [
      [Int32Array.of(0, 2), [1], 'int32 [1]'],
      [Float32Array.of(0, 1, 0, 1, 0, 0), [3], 'float32 [3]'],
      [Float32Array.of(0, 2), [], 'float32 []'],
    ] as const)
      expect(await refused(() => classification().check!(y, 3, shape))).toBe(
        `CL_SHAPE classification(): targets must be class numbers, int32 [], received ${received}.`,
      );
  });
});

describe('regression', () => {
  it('is the mean squared error over outputs and rows, by weight', () => {
    tf.tidy(() => {
      const outputs = tf.tensor2d([
        [1, 2],
        [5, 5],
      ]);
      const batch = batchOf(
        tf.tensor2d([
          [0, 0],
          [0, 0],
        ]),
        [1, 0],
      );
      expect(meanLoss(regression(), outputs, batch).dataSync()[0]).toBeCloseTo(2.5, 6);
      const { negativeSquaredError } = regression().measure(outputs, batch);
      expect(negativeSquaredError!.sum.dataSync()[0]).toBeCloseTo(-2.5, 6);
      return [];
    });
  });

  it('refuses targets that are not finite', async () => {
    expect(await refused(() => regression().check!(Float32Array.of(1, Number.POSITIVE_INFINITY), 1, [1]))).toMatch(
      /^CL_LABEL .* element 1 is Infinity/,
    );
  });

  it('refuses targets that would be spread over the outputs, or the batch over itself', async () => {
    for (const [outputs, shape] of [
      [1, []],
      [4, [1]],
    ] as const)
      expect(await refused(() => regression().check!(Float32Array.of(1, 2), outputs, shape))).toBe(
        `CL_SHAPE regression(): targets must be values, float32 [${outputs}] a row, received [${shape}].`,
      );
  });
});

describe('weightedMean', () => {
  it('is Σ w x / Σ w, and 0 without any weight', () => {
    tf.tidy(() => {
      const mean = (values: number[], weights: number[]) => weightedMean(tf.tensor1d(values), tf.tensor1d(weights)).dataSync()[0];
      expect(mean([1, 2, 30], [1, 3, 0])).toBeCloseTo(7 / 4, 6);
      expect(mean([1, 2], [0, 0])).toBe(0);
      return [];
    });
  });
});
