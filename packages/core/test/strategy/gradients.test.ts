import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../../src/index.js';
import { numbers, onCpu } from '../learner/support.js';

onCpu();

const scalar = (x: tf.Tensor) => x as tf.Scalar;

/** Runs in a tidy, and refuses tensors that would be left behind without one. */
function tidily<T>(run: () => T): T {
  let result!: T;
  tf.tidy(() => {
    result = run();
  });
  return result;
}

describe('valueAndGradients', () => {
  it('is the derivative, and what else was asked for', () => {
    tidily(() => {
      const w = tf.tensor1d([1, 2]);
      const { loss, gradients, aux } = valueAndGradients(
        (p) => ({ loss: scalar(tf.sum(tf.square(p.w!))), aux: { doubled: tf.mul(p.w!, 2), none: null } }),
        { w },
      );
      expect(numbers(loss)).toEqual([5]);
      expect(numbers(gradients.w!)).toEqual([2, 4]);
      expect(numbers(aux.doubled)).toEqual([2, 4]);
      expect(aux.none).toBeNull();
    });
  });

  it('is zero for what the function does not reach, in its shape', () => {
    tidily(() => {
      const at = { w: tf.tensor1d([1, 2]), unused: tf.ones([2, 3]) };
      const { gradients } = valueAndGradients((p) => ({ loss: scalar(tf.sum(p.w!)), aux: null }), at);
      expect(numbers(gradients.unused!)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(gradients.unused!.shape).toEqual([2, 3]);
      expect(Object.keys(gradients)).toEqual(['w', 'unused']);
    });
  });

  it('takes a teacher that is the same tensor object for a constant', () => {
    tidily(() => {
      const w = tf.tensor1d([3]);
      // d/dw (w − teacher)² = 2 (w − teacher) = 0 only if the teacher is a constant; of w · teacher it is the teacher.
      const { gradients } = valueAndGradients((p) => ({ loss: scalar(tf.sum(tf.mul(p.w!, w))), aux: null }), { w });
      expect(numbers(gradients.w!)).toEqual([3]);
    });
  });

  it('can be nested: the gradient of a gradient', () => {
    tidily(() => {
      const x = tf.tensor1d([2]);
      const { gradients } = valueAndGradients(
        (p) => {
          const inner = valueAndGradients((q) => ({ loss: scalar(tf.sum(tf.mul(q.x!, tf.square(q.x!)))), aux: null }), { x: p.x! });
          return { loss: scalar(tf.sum(inner.gradients.x!)), aux: null };
        },
        { x },
      );
      // (x³)'' = 6 x
      expect(numbers(gradients.x!)[0]).toBeCloseTo(12, 5);
    });
  });

  it('leaves behind what it returns and nothing else', () => {
    const w = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    const { loss, gradients, aux } = valueAndGradients((p) => ({ loss: scalar(tf.sum(tf.exp(tf.mul(p.w!, 2)))), aux: tf.square(p.w!) }), {
      w,
    });
    expect(tf.memory().numTensors).toBe(before + 3);
    expect(numbers(aux)).toEqual([1, 4]);
    tf.dispose([loss, gradients, aux, w]);
  });

  it('leaves nothing behind when the function throws, before or behind ops that save tensors', () => {
    const w = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      expect(() =>
        valueAndGradients(
          (p) => {
            tf.sum(tf.exp(tf.square(p.w!)));
            throw new Error('no loss today');
          },
          { w },
        ),
      ).toThrow('no loss today');
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(() =>
      valueAndGradients(
        (p) => {
          const inner = valueAndGradients((q) => ({ loss: scalar(tf.sum(tf.exp(q.w!))), aux: q.w! }), { w: p.w! });
          tf.exp(inner.aux);
          throw new Error('nor now');
        },
        { w },
      ),
    ).toThrow('nor now');
    expect(tf.memory().numTensors).toBe(before);
    w.dispose();
  });

  it('leaves nothing behind when a gradient is missing', () => {
    const w = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    expect(() =>
      valueAndGradients((p) => ({ loss: scalar(tf.sum(tf.where(tf.greater(p.w!, tf.exp(p.w!)), p.w!, p.w!))), aux: null }), { w }),
    ).toThrow();
    expect(tf.memory().numTensors).toBe(before);
    // And the next one is right.
    const { loss, gradients } = valueAndGradients((p) => ({ loss: scalar(tf.sum(tf.exp(p.w!))), aux: null }), { w });
    expect(numbers(gradients.w!)[0]).toBeCloseTo(Math.E, 5);
    tf.dispose([loss, gradients, w]);
  });
});
