import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batch, netState, predictEntry, trainEntry } from './models.js';
import {
  batchNormTrain,
  biasAdd,
  checkFinite,
  conv2d,
  dense,
  difference,
  entry,
  gather,
  maxPool,
  native,
  relu,
  sparseCrossEntropy,
  uniform,
  values,
} from './support.js';

// oneDNN rounds differently when TensorFlow fuses ops of a graph; without it both ways must agree in every bit. Each test file has a
// process of its own.
beforeAll(async () => {
  process.env.TF_ENABLE_ONEDNN_OPTS = '0';
  await native();
});

describe('without oneDNN, compiled is eager in every bit', () => {
  it.each(['sgd', 'momentum'] as const)('a dense net by %s', (optimizer) => {
    expect(
      difference(
        trainEntry(optimizer),
        (n) => batch(8, 20, 5, n),
        () => netState([20, 16, 5]),
        10,
      ),
    ).toBe(0);
  });

  it('a prediction', () => {
    expect(
      difference(
        predictEntry(),
        (n) => ({ x: values([8, 20], n) }),
        () => netState([20, 16, 5]),
      ),
    ).toBe(0);
  });

  it('a convolutional net with batch norm, embedding and noise', () => {
    const state = () => ({
      kernel: values([3, 3, 2, 4]),
      bias: values([4], 1),
      scale: tf.ones([4]),
      offset: tf.zeros([4]),
      table: values([10, 2], 2),
      head: values([16, 3], 3),
    });
    const step = entry(
      'step',
      (inputs: { tokens: tf.Tensor; y: tf.Tensor1D; seed: tf.Tensor1D; rate: tf.Tensor }, s: ReturnType<typeof state>) => {
        const names = Object.keys(s) as (keyof typeof s)[];
        const lossOf = (...list: tf.Tensor[]): tf.Scalar => {
          const p = Object.fromEntries(names.map((name, i) => [name, list[i]!])) as { [name in keyof typeof s]: tf.Tensor };
          // tokens [4, 16] → [4, 4, 4, 2] → [4, 4, 4, 4] → [4, 2, 2, 4] → [4, 3]
          const image = tf.reshape(gather(p.table, inputs.tokens), [4, 4, 4, 2]) as tf.Tensor4D;
          const noisy = tf.add(image, tf.mul(uniform([4, 4, 4, 2], inputs.seed), 0.1)) as tf.Tensor4D;
          const hidden = biasAdd(conv2d(noisy, p.kernel as tf.Tensor4D, 1, 'same'), p.bias as tf.Tensor1D);
          const { y } = batchNormTrain(hidden, p.scale as tf.Tensor1D, p.offset as tf.Tensor1D, 1e-5);
          const pooled = maxPool(relu(y) as tf.Tensor4D, 2);
          return tf.mean(sparseCrossEntropy(dense(tf.reshape(pooled, [4, 16]), p.head as tf.Tensor2D) as tf.Tensor2D, inputs.y));
        };
        const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => s[name]));
        const next = Object.fromEntries(names.map((name, i) => [name, tf.sub(s[name], tf.mul(grads[i]!, inputs.rate))]));
        return { outputs: checkFinite(value as tf.Scalar, 'the loss'), state: next };
      },
    );
    const inputs = (n: number) => ({
      tokens: tf.tensor2d(
        Array.from({ length: 64 }, (_, i) => (i * (n + 3)) % 10),
        [4, 16],
        'int32',
      ),
      y: tf.tensor1d([0, 1, 2, n % 3], 'int32'),
      seed: tf.tensor1d([1, n], 'int32'),
      rate: tf.scalar(0.1),
    });
    expect(difference(step, inputs, state, 5)).toBe(0);
  });
});
