import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * ½ Σ precision (x − center)²: the penalty of quadratic regularizers, differentiable in `x`. Its gradient, precision (x − center),
 * is what the value is made of anyway, so it is kept rather than derived again.
 *
 * @example quadratic(parameter, anchor, importance) // EWC, one parameter
 */
export function quadratic(x: Tensor, center: Tensor, precision: Tensor): Scalar {
  const f = tf.customGrad((...inputs) => {
    const save = inputs[1] as unknown as tf.GradSaveFunc;
    const distance = tf.sub(inputs[0] as Tensor, center);
    const slope = tf.mul(precision, distance);
    save([slope]);
    return {
      value: tf.mul(0.5, tf.sum(tf.mul(slope, distance))) as Tensor,
      gradFunc: (dy, saved) => tf.mul(dy, saved[0]!),
    };
  });
  return f(x) as Scalar;
}
