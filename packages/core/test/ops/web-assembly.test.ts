import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { webAssembly } from '../../../../testing/backends.js';
import { useCpu } from '../../../../testing/places.js';
import { transposeBeforeProducts } from '../../src/index.js';
import { onBackend } from '../../src/testing/setup.js';

const FLAGS = [false, true];

/** Products of all kinds and their gradients, and how many tensors stay. */
function products(): readonly (readonly number[])[] {
  return tf.tidy(() =>
    FLAGS.flatMap((transposeA) =>
      FLAGS.flatMap((transposeB) =>
        [[], [2, 3]].flatMap((batch) => {
          const a = tf.randomNormal([...batch, ...(transposeA ? [5, 4] : [4, 5])], 0, 1, 'float32', 1);
          const b = tf.randomNormal([...batch, ...(transposeB ? [6, 5] : [5, 6])], 0, 1, 'float32', 2);
          const f = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
          const gradients = tf.grads((x, y) => tf.sum(tf.square(f(x!, y!))))([a, b]);
          return [f(a, b), ...gradients].map((tensor) => [...tensor.dataSync()]);
        }),
      ),
    ),
  );
}

describe('transposeBeforeProducts', () => {
  beforeAll(useCpu);

  it('says what to import where the kernel is missing', async () => {
    await webAssembly();
    const plain = tf.getKernel('BatchMatMul', 'wasm');
    tf.unregisterKernel('BatchMatMul', 'wasm');
    try {
      expect(transposeBeforeProducts).toThrow(
        expect.objectContaining({ code: 'CL_BACKEND', message: expect.stringContaining('tfjs-backend-wasm') }),
      );
    } finally {
      tf.registerKernel(plain);
    }
  });

  it('changes no product and no gradient, leaves nothing behind, and replaces the kernel once', async () => {
    const { backend } = await webAssembly();
    await onBackend(backend, async () => {
      const plain = tf.getKernel('BatchMatMul', 'wasm');
      const before = products();
      transposeBeforeProducts();
      const replaced = tf.getKernel('BatchMatMul', 'wasm');
      expect(replaced.kernelFunc).not.toBe(plain.kernelFunc);
      try {
        const [tensors, bytes] = [tf.memory().numTensors, tf.memory().numDataBuffers];
        const after = products();
        expect([tf.memory().numTensors, tf.memory().numDataBuffers]).toEqual([tensors, bytes]);
        after.forEach((values, i) => {
          values.forEach((value, k) => {
            expect(value).toBeCloseTo(before[i]![k]!, 4);
          });
        });
        transposeBeforeProducts();
        expect(tf.getKernel('BatchMatMul', 'wasm').kernelFunc).toBe(replaced.kernelFunc);
      } finally {
        tf.unregisterKernel('BatchMatMul', 'wasm');
        tf.registerKernel(plain);
      }
    });
  });
});
