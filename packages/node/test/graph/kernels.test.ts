import type { TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { normalFromSeed, uniformFromSeed } from '../../../core/src/random/philox.js';
import { registerKernels } from '../../src/graph/index.js';
import * as ops from './support.js';
import { difference, distance, entry, native, numbers, values } from './support.js';

beforeAll(async () => {
  await native();
  registerKernels();
});

const int = (list: number[]): tf.Tensor1D => tf.tensor1d(list, 'int32');
const seed = (): tf.Tensor1D => int([3, -4]);

type Op = (x: tf.Tensor, extra: tf.Tensor) => tf.Tensor;

/** Each op of @cl/core as a function of two tensors. */
const OPS: { readonly [name: string]: { readonly apply: Op; readonly x: number[]; readonly extra: () => tf.Tensor } } = {
  matMul: { apply: (x, w) => ops.matMul(x as tf.Tensor2D, w as tf.Tensor2D), x: [4, 3], extra: () => values([3, 5], 1) },
  'matMul, a transposed': {
    apply: (x, w) => ops.matMul(x as tf.Tensor2D, w as tf.Tensor2D, { transposeA: true }),
    x: [3, 4],
    extra: () => values([3, 5], 1),
  },
  'matMul, b transposed': {
    apply: (x, w) => ops.matMul(x as tf.Tensor2D, w as tf.Tensor2D, { transposeB: true }),
    x: [4, 3],
    extra: () => values([5, 3], 1),
  },
  'matMul, both transposed': {
    apply: (x, w) => ops.matMul(x as tf.Tensor2D, w as tf.Tensor2D, { transposeA: true, transposeB: true }),
    x: [3, 4],
    extra: () => values([5, 3], 1),
  },
  biasAdd: { apply: (x, b) => ops.biasAdd(x, b as tf.Tensor1D), x: [4, 3], extra: () => values([3], 1) },
  'biasAdd on images': { apply: (x, b) => ops.biasAdd(x, b as tf.Tensor1D), x: [2, 4, 4, 3], extra: () => values([3], 1) },
  dense: { apply: (x, w) => ops.dense(x, w as tf.Tensor2D, tf.tensor1d([1, 2, 3, 4])), x: [2, 5, 3], extra: () => values([3, 4], 1) },
  relu: { apply: (x, w) => ops.relu(tf.mul(x, w)), x: [4, 3], extra: () => values([3], 1) },
  conv2d: {
    apply: (x, k) => ops.conv2d(x as tf.Tensor4D, k as tf.Tensor4D, 2, 'same'),
    x: [2, 6, 6, 3],
    extra: () => values([3, 3, 3, 4], 1),
  },
  maxPool: { apply: (x, s) => ops.maxPool(tf.mul(x, s) as tf.Tensor4D, 2), x: [2, 6, 6, 3], extra: () => tf.tensor1d([1, 2, 3]) },
  sparseCrossEntropy: { apply: (x) => ops.sparseCrossEntropy(x as tf.Tensor2D, int([2, 0, 1, 2])), x: [4, 3], extra: () => tf.scalar(1) },
  crossEntropy: {
    apply: (x, targets) => ops.crossEntropy(x as tf.Tensor2D, targets as tf.Tensor2D),
    x: [4, 3],
    extra: () => tf.softmax(values([4, 3], 1)),
  },
  gather: { apply: (x) => ops.gather(x, tf.tensor2d([1, 0, 3, 3, 1, 1], [2, 3], 'int32')), x: [4, 3], extra: () => tf.scalar(1) },
  batchNormTrain: {
    apply: (x, scale) => ops.batchNormTrain(x, scale as tf.Tensor1D, tf.tensor1d([1, 2, 3]), 1e-3).y,
    x: [2, 4, 4, 3],
    extra: () => tf.tensor1d([1, 2, 0.5]),
  },
  'batchNormTrain on rows': {
    apply: (x, scale) => ops.batchNormTrain(x, scale as tf.Tensor1D, tf.tensor1d([1, 2, 3]), 1e-3).y,
    x: [8, 3],
    extra: () => tf.tensor1d([1, 2, 0.5]),
  },
  dropout: { apply: (x) => ops.dropout(x, 0.3, seed()), x: [7, 3], extra: () => tf.scalar(1) },
  checkFinite: { apply: (x) => ops.checkFinite(tf.sum(tf.square(x)) as tf.Scalar, 'it'), x: [4, 3], extra: () => tf.scalar(1) },
};

/** The value of an op and the gradients of a weighted sum of it. */
function valueAndGradients(apply: Op, x: tf.Tensor, extra: tf.Tensor): tf.Tensor[] {
  const loss = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => {
    const y = apply(a, b);
    return tf.sum(tf.mul(tf.reshape(y, [-1]), tf.range(1, y.size + 1)));
  };
  // Not every op has a second input: then its gradient is not there.
  const [byX, byExtra] = tf.grads((a, b) => tf.add(loss(a!, b!), tf.sum(tf.mul(b!, 0))))([x, extra]);
  return [apply(x, extra), byX!, byExtra!];
}

describe('native kernels', () => {
  it.each(Object.keys(OPS))('%s: value and gradients as in plain tfjs', async (name) => {
    const { apply, x, extra } = OPS[name]!;
    const run = (): number[][] => valueAndGradients(apply, values(x), extra()).map(numbers);
    const nativeResult = run();
    await tf.setBackend('cpu');
    const plain = run();
    await tf.setBackend('tensorflow');
    nativeResult.forEach((list, i) => {
      expect(distance(tf.tensor1d(list), tf.tensor1d(plain[i]!))).toBeLessThan(1e-5);
    });
  });

  it.each(Object.keys(OPS))('%s: compiled as eager', (name) => {
    const { apply, x, extra } = OPS[name]!;
    const step = entry('op', (inputs: { x: tf.Tensor; extra: tf.Tensor }, state: tf.Tensor) => {
      const results = valueAndGradients(apply, inputs.x, inputs.extra);
      return { outputs: results, state: tf.add(state, tf.mean(results[0]!)) };
    });
    expect(
      difference(
        step,
        (n) => ({ x: values(x, n), extra: extra() }),
        () => tf.scalar(0),
      ),
    ).toBeLessThan(1e-5);
  });

  it('finds the n-th largest as plain tfjs does, of ties too, compiled and not', async () => {
    const x = () => tf.tensor2d([3, -1, 7, 3, 0, 3], [2, 3]);
    const all = (of: tf.Tensor): tf.Tensor[] => [1, 2, 3, 4, 5, 6].map((n) => ops.nthLargest(of, n));
    expect(all(x()).map(numbers)).toEqual([[7], [3], [3], [3], [0], [-1]]);
    await tf.setBackend('cpu');
    expect(all(x()).map(numbers)).toEqual([[7], [3], [3], [3], [0], [-1]]);
    await tf.setBackend('tensorflow');
    const step = entry('nth', (inputs: tf.Tensor, state: tf.Tensor) => ({ outputs: all(inputs), state: tf.add(state, 1) }));
    expect(
      difference(
        step,
        (n) => values([4, 3], n),
        () => tf.scalar(0),
      ),
    ).toBe(0);
  });

  it('differentiates twice where plain tfjs can', async () => {
    const hessianSum = (): number[] => {
      const [w, labels] = [values([3, 4], 1) as tf.Tensor2D, int([2, 0, 1, 2])];
      const inner = (x: tf.Tensor): tf.Tensor => {
        const hidden = ops.relu(ops.biasAdd(ops.matMul(x as tf.Tensor2D, w), tf.tensor1d([1, 2, 3, 4])));
        return tf.sum(tf.square(ops.sparseCrossEntropy(hidden, labels)));
      };
      return numbers(tf.grad((x) => tf.sum(tf.square(tf.grad(inner)(x))))(values([4, 3])));
    };
    const nativeResult = hessianSum();
    await tf.setBackend('cpu');
    const plain = hessianSum();
    await tf.setBackend('tensorflow');
    expect(distance(tf.tensor1d(nativeResult), tf.tensor1d(plain))).toBeLessThan(1e-5);
  });

  it('reports mean and unbiased variance as plain tfjs does', async () => {
    const run = (): number[][] => {
      const { mean, variance } = ops.batchNormTrain(values([5, 3]), tf.tensor1d([1, 1, 1]), tf.tensor1d([0, 0, 0]), 1e-3);
      return [numbers(mean), numbers(variance)];
    };
    const nativeResult = run();
    await tf.setBackend('cpu');
    const plain = run();
    await tf.setBackend('tensorflow');
    nativeResult.forEach((list, i) => {
      expect(distance(tf.tensor1d(list), tf.tensor1d(plain[i]!))).toBeLessThan(1e-5);
    });
  });
});

describe('random ops', () => {
  const SEEDS = [
    [0, 0],
    [1, 2],
    [-5, 7],
    [3, -2147483648],
    [2147483647, -1],
  ] as const;

  it('are the host generator bit for bit, the normal one up to rounding', () => {
    for (const [a, b] of SEEDS) {
      for (const size of [1, 2, 5, 1003]) {
        expect(numbers(ops.uniform([size], int([a, b])))).toEqual([...uniformFromSeed(size, [a, b])]);
        const [nativeNormal, host] = [numbers(ops.normal([size], int([a, b]))), normalFromSeed(size, [a, b])];
        nativeNormal.forEach((value, i) => {
          expect(Math.abs(value - host[i]!)).toBeLessThan(1e-5);
        });
      }
    }
    expect(ops.uniform([], int([1, 2])).shape).toEqual([]);
    expect(ops.uniform([0, 3], int([1, 2])).shape).toEqual([0, 3]);
  });

  it('fold seeds and drop the same values as on the host', async () => {
    const run = (): number[][] => [
      ...SEEDS.flatMap(([a, b]) => [0, 1, 77].map((index) => numbers(ops.foldSeed(int([a, b]), index)))),
      ...[1, 6, 1001].map((size) => numbers(ops.dropout(tf.ones([size]), 0.4, seed()))),
    ];
    const nativeResult = run();
    await tf.setBackend('cpu');
    const plain = run();
    await tf.setBackend('tensorflow');
    expect(nativeResult).toEqual(plain);
  });

  it('draw anew in each compiled step, from a seed made inside of it', () => {
    const draw = entry('draw', (_: null, state: { run: tf.Tensor; step: tf.Tensor }) => {
      const fold = tf.stack([state.run, tf.cast(state.step, 'int32')]) as tf.Tensor1D;
      const outputs: TensorTree = [0, 1].map((site) => ops.uniform([4], ops.foldSeed(fold, site)));
      return { outputs, state: { ...state, step: tf.add(state.step, 1) } };
    });
    const state = () => ({ run: tf.scalar(11, 'int32'), step: tf.scalar(0) });
    expect(difference(draw, () => null, state, 5)).toBe(0);
    const program = ops.graphProgram(state());
    const draws = [0, 1, 2].flatMap(() => (program.run(draw, null) as tf.Tensor[]).map((tensor) => numbers(tensor).join()));
    expect(new Set(draws).size).toBe(6);
  });
});
