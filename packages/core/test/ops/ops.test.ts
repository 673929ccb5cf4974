import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ContinualLearningError } from '../../src/errors.js';
import * as ops from '../../src/ops/index.js';
import { uniformFromSeed } from '../../src/random/philox.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const seed = (a: number, b: number): tf.Tensor1D => tf.tensor1d([a, b], 'int32');
const matrix = (rows: number, columns: number, at = 1): tf.Tensor2D =>
  tf.tensor2d(uniformFromSeed(rows * columns, [at, 0]), [rows, columns]);
const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

/** Compares the gradient of Σ f(x) ∘ (1, 2, 3 …) with central differences. */
function expectGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, digits = 2): void {
  const loss = (t: tf.Tensor): tf.Scalar => {
    const y = f(t);
    return tf.sum(tf.mul(tf.reshape(y, [-1]), tf.range(1, y.size + 1)));
  };
  const gradient = numbers(tf.grad(loss)(x));
  const values = numbers(x);
  const h = 1e-2;
  const slope = (i: number): number => {
    const shifted = (by: number): number =>
      loss(
        tf.tensor(
          values.map((value, j) => (i === j ? value + by : value)),
          x.shape,
        ),
      ).dataSync()[0]!;
    return (shifted(h) - shifted(-h)) / (2 * h);
  };
  gradient.forEach((value, i) => {
    expect(value).toBeCloseTo(slope(i), digits);
  });
}

describe('linear ops', () => {
  it('multiplies with transposes as tf.matMul does', () => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const [a, b] = [transposeA ? matrix(2, 3) : matrix(3, 2), transposeB ? matrix(4, 2, 2) : matrix(2, 4, 2)];
        expect(numbers(ops.matMul(a, b, { transposeA, transposeB }))).toEqual(numbers(tf.matMul(a, b, transposeA, transposeB)));
      }
    }
  });

  it('keeps the leading axes in dense', () => {
    const y = ops.dense(tf.ones([2, 3, 4]), tf.ones([4, 5]), tf.tensor1d([0, 1, 2, 3, 4]));
    expect(y.shape).toEqual([2, 3, 5]);
    expect(numbers(y).slice(0, 5)).toEqual([4, 5, 6, 7, 8]);
  });
});

describe('cross entropy', () => {
  const logits = tf.tensor2d([1, 2, 3, -1, 0, 4], [2, 3]);

  it('is −log softmax at the label', () => {
    // log Σ exp: 3.4076059 and 4.0247449.
    const expected = [3.4076059 - 1, 4.0247449 - 4];
    numbers(ops.sparseCrossEntropy(logits, tf.tensor1d([0, 2], 'int32'))).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });

  it('has the gradient softmax − targets, and none for the targets', () => {
    expectGradient((x) => ops.sparseCrossEntropy(x as tf.Tensor2D, tf.tensor1d([1, 0], 'int32')), logits);
    const targets = tf.tensor2d([0.2, 0.3, 0.5, 1, 0, 0], [2, 3]);
    expectGradient((x) => ops.crossEntropy(x as tf.Tensor2D, targets), logits);
    const [, byTargets] = tf.grads((l, t) => tf.sum(ops.crossEntropy(l as tf.Tensor2D, t as tf.Tensor2D)))([logits, targets]);
    expect(numbers(byTargets!)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('gather', () => {
  it('takes rows, and adds up the gradients of a row taken twice', () => {
    const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const indices = tf.tensor2d([2, 0, 2, 2], [2, 2], 'int32');
    expect(ops.gather(table, indices).shape).toEqual([2, 2, 2]);
    expect(numbers(ops.gather(table, indices))).toEqual([5, 6, 1, 2, 5, 6, 5, 6]);
    expect(numbers(tf.grad((t) => tf.sum(ops.gather(t, indices)))(table))).toEqual([1, 1, 0, 0, 3, 3]);
  });
});

describe('batchNormTrain', () => {
  it('normalises by the batch and reports the unbiased variance', () => {
    const x = tf.tensor2d([1, 10, 3, 30], [2, 2]);
    const { y, mean, variance } = ops.batchNormTrain(x, tf.tensor1d([1, 2]), tf.tensor1d([0, 5]), 0);
    expect(numbers(mean)).toEqual([2, 20]);
    expect(numbers(variance)).toEqual([2, 200]);
    numbers(y).forEach((value, i) => {
      expect(value).toBeCloseTo([-1, 3, 1, 7][i]!, 5);
    });
    expectGradient((t) => ops.batchNormTrain(t, tf.tensor1d([1, 2]), tf.tensor1d([0, 5]), 1e-3).y, matrix(4, 2, 5), 0);
  });
});

describe('random ops', () => {
  it('draws the same for the same seed only', () => {
    expect(numbers(ops.uniform([3, 2], seed(1, 2)))).toEqual(numbers(ops.uniform([3, 2], seed(1, 2))));
    expect(numbers(ops.uniform([3, 2], seed(1, 2)))).not.toEqual(numbers(ops.uniform([3, 2], seed(1, 3))));
    expect(ops.normal([3, 2], seed(1, 2)).shape).toEqual([3, 2]);
  });

  it('folds without collisions between neighbouring seeds, indices and orders', () => {
    const keys = new Set<string>();
    for (let first = 0; first < 4; first++) {
      for (let second = 0; second < 4; second++) {
        for (let index = 0; index < 4; index++) keys.add(numbers(ops.foldSeed(seed(first, second), index)).join());
      }
    }
    expect(keys.size).toBe(64);
    const twice = (a: number, b: number): number[] => numbers(ops.foldSeed(ops.foldSeed(seed(7, 7), a), b));
    expect(twice(1, 2)).not.toEqual(twice(2, 1));
  });

  it('drops the share it is told to and keeps the expectation', () => {
    const y = numbers(ops.dropout(tf.ones([100, 100]), 0.25, seed(3, 4)));
    const zeros = y.filter((value) => value === 0).length;
    // 10,000 draws: a standard error of 43 around 2,500.
    expect(Math.abs(zeros - 2500)).toBeLessThan(175);
    expect(new Set(y)).toEqual(new Set([0, Math.fround(4 / 3)]));
    expect(numbers(ops.dropout(tf.ones([3]), 0, seed(3, 4)))).toEqual([1, 1, 1]);
  });

  it('gives dropout the gradient of its mask', () => {
    const x = tf.ones([50]);
    expect(numbers(tf.grad((t) => tf.sum(ops.dropout(t, 0.5, seed(1, 1))))(x))).toEqual(numbers(ops.dropout(x, 0.5, seed(1, 1))));
  });
});

describe('checkFinite', () => {
  it('passes a number on, with its gradient, and refuses NaN and infinity', () => {
    expect(numbers(tf.grad((x) => ops.checkFinite(tf.sum(tf.square(x)), 'The loss is not finite.'))(tf.tensor1d([1, 2])))).toEqual([2, 4]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      let thrown: unknown;
      try {
        ops.checkFinite(tf.scalar(value), 'The loss is not finite.');
      } catch (error) {
        thrown = error;
      }
      expect(ContinualLearningError.is(thrown, 'CL_NOT_FINITE')).toBe(true);
    }
  });
});

describe('optimizer steps', () => {
  const [p, g] = [tf.tensor1d([1, -2, 3]), tf.tensor1d([0.5, 1e-6, -2])];

  it('follows momentum as PyTorch writes it', () => {
    const { parameter, accumulator } = ops.applyMomentum(p, tf.tensor1d([1, 1, 1]), g, tf.scalar(0.1), 0.9);
    // 0.9 · 1 + g, and p − 0.1 of it.
    const expected = [1.4, 0.900001, -1.1];
    numbers(accumulator).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
    numbers(parameter).forEach((value, i) => {
      expect(value).toBeCloseTo([1, -2, 3][i]! - 0.1 * expected[i]!, 6);
    });
  });

  it('follows Adam in double precision over ten steps', () => {
    const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    let state = { parameter: p as tf.Tensor, m: tf.zerosLike(p) as tf.Tensor, v: tf.zerosLike(p) as tf.Tensor };
    const expected = numbers(p);
    const [m, v] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let step = 1; step <= 10; step++) {
      state = ops.applyAdam(state.parameter, state.m, state.v, g, { ...options, rate: tf.scalar(0.01), step: tf.scalar(step) });
      numbers(g).forEach((slope, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * slope;
        v[i] = 0.999 * v[i]! + 0.001 * slope ** 2;
        expected[i]! -= (0.01 * (m[i]! / (1 - 0.9 ** step))) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
      });
    }
    numbers(state.parameter).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });
});
