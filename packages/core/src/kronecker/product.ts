import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { matMul } from '../ops/index.js';
import type { KroneckerFactors } from '../strategy/context.js';

/** (input ⊗ output) times a layer's matrix [inputs, units], as a vector: input · X · output. */
export const kroneckerTimes = ({ input, output }: KroneckerFactors[string], x: Tensor2D): Tensor2D => matMul(matMul(input, x), output);

/**
 * ½ vec(x − center)ᵀ (input ⊗ output) vec(x − center), differentiable in `x`, a layer's matrix [inputs, units]. Its gradient,
 * input · (x − center) · output, is what the value is made of anyway, so it is kept rather than derived again.
 */
export function kroneckerQuadratic(x: Tensor2D, center: Tensor2D, precision: KroneckerFactors[string]): Scalar {
  const f = tf.customGrad((...inputs) => {
    const save = inputs[1] as unknown as tf.GradSaveFunc;
    const distance: Tensor2D = tf.sub(inputs[0] as Tensor2D, center);
    const slope = kroneckerTimes(precision, distance);
    save([slope]);
    return {
      value: tf.mul(0.5, tf.sum(tf.mul(slope, distance))) as Tensor,
      gradFunc: (dy, saved) => tf.mul(dy, saved[0]!),
    };
  });
  return f(x) as Scalar;
}
