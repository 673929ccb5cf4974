import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Normalises the last axis of `x` to mean 0 and (biased) variance 1, then scales and shifts it (Ba, Kiros & Hinton, 2016, arXiv
 * 1607.06450). With a gradient of its own: half of the ops of what follows from the primitives.
 */
export function layerNorm<T extends Tensor>(x: T, scale: Tensor1D, offset: Tensor1D, epsilon: number): T {
  return tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const [value, gain, shift, save] = args as unknown as [Tensor, Tensor1D, Tensor1D, tf.GradSaveFunc];
    save([value, gain]);
    const { normal } = standardized(value, epsilon);
    return {
      value: tf.add(tf.mul(normal, gain), shift),
      gradFunc(dy: Tensor, [before, by]: Tensor[]) {
        const { normal, inverse } = standardized(before!, epsilon);
        const d = tf.mul(dy, by!);
        const along = tf.mul(normal, tf.mean(tf.mul(d, normal), -1, true));
        const dx = tf.mul(inverse, tf.sub(tf.sub(d, tf.mean(d, -1, true)), along));
        return [dx, overRows(tf.mul(dy, normal)), overRows(dy)];
      },
    };
  })(x, scale, offset) as T;
}

/** Divides the last axis of `x` by its root mean square, then scales it (Zhang & Sennrich, 2019, arXiv 1910.07467). */
export function rmsNorm<T extends Tensor>(x: T, scale: Tensor1D, epsilon: number): T {
  return tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const [value, gain, save] = args as unknown as [Tensor, Tensor1D, tf.GradSaveFunc];
    save([value, gain]);
    return {
      value: tf.mul(tf.mul(value, inverseRoot(value, epsilon)), gain),
      gradFunc(dy: Tensor, [before, by]: Tensor[]) {
        const inverse = inverseRoot(before!, epsilon);
        const normal = tf.mul(before!, inverse);
        const d = tf.mul(dy, by!);
        const along = tf.mul(normal, tf.mean(tf.mul(d, normal), -1, true));
        return [tf.mul(inverse, tf.sub(d, along)), overRows(tf.mul(dy, normal))];
      },
    };
  })(x, scale) as T;
}

function standardized(x: Tensor, epsilon: number): { readonly normal: Tensor; readonly inverse: Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = inverseRoot(centred, epsilon);
  return { normal: tf.mul(centred, inverse), inverse };
}

const inverseRoot = (x: Tensor, epsilon: number): Tensor => tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));

/** The sum over all axes but the last. */
const overRows = (x: Tensor): Tensor => tf.sum(x, x.shape.map((_, axis) => axis).slice(0, -1));
