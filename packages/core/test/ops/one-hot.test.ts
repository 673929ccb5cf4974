import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { webAssembly } from '../../../../testing/backends.js';
import { useCpu } from '../../../../testing/places.js';
import { oneHot, sparseCrossEntropy } from '../../src/index.js';
import { onBackend } from '../../src/testing/setup.js';

describe('oneHot', () => {
  beforeAll(useCpu);

  it.each(['cpu', 'wasm'])('has a 1 where a label is, as a float, also of one class, of a matrix and of a scalar: %s', async (backend) => {
    await webAssembly();
    await onBackend(backend, async () => {
      const values = (labels: tf.Tensor, depth: number) => [oneHot(labels, depth).shape, [...oneHot(labels, depth).dataSync()]];
      tf.tidy(() => {
        expect(oneHot(tf.tensor1d([1], 'int32'), 2).dtype).toBe('float32');
        expect(values(tf.tensor1d([2, 0, -1], 'int32'), 3)).toEqual([
          [3, 3],
          [0, 0, 1, 1, 0, 0, 0, 0, 0],
        ]);
        expect(values(tf.tensor1d([0, 0], 'int32'), 1)).toEqual([
          [2, 1],
          [1, 1],
        ]);
        expect(values(tf.tensor2d([[0, 1]], [1, 2], 'int32'), 2)).toEqual([
          [1, 2, 2],
          [1, 0, 0, 1],
        ]);
        expect(values(tf.scalar(1, 'int32'), 2)).toEqual([[2], [0, 1]]);
      });
    });
  });

  it('makes the loss of a classifier with one output: none', () => {
    tf.tidy(() => {
      const loss = sparseCrossEntropy(tf.tensor2d([[3], [-1]]), tf.tensor1d([0, 0], 'int32'));
      expect([...loss.dataSync()].map(Math.abs)).toEqual([0, 0]);
    });
  });
});
