import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** x Φ(x), with the normal distribution's Φ (Hendrycks & Gimpel, 2016, arXiv 1606.08415): PyTorch's default, by the error function. */
export function gelu<T extends Tensor>(x: T): T {
  return withSlope(
    (value) => tf.mul(value, phi(value)),
    // Φ(x) + x φ(x)
    (value) => tf.add(phi(value), tf.mul(value, tf.mul(tf.exp(tf.mul(tf.square(value), -0.5)), 1 / Math.sqrt(2 * Math.PI)))),
  )(x) as T;
}

/**
 * The same with Φ approximated by a hyperbolic tangent, as GPT-2 has it: ½ (1 + tanh z), which is σ(2z) and in that form takes fewer ops.
 */
export function geluTanh<T extends Tensor>(x: T): T {
  return withSlope(
    (value) => tf.mul(value, share(value)),
    // σ + x (2z)′ σ (1 − σ)
    (value) => {
      const s = share(value);
      const rise = tf.mul(tf.mul(value, tf.add(tf.mul(tf.square(value), 3 * CUBIC), LINEAR)), tf.sub(1, s));
      return tf.mul(s, tf.add(rise, 1));
    },
  )(x) as T;
}

// 2z = √(8/π) (x + 0.044715 x³)
const LINEAR = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = LINEAR * 0.044715;

const share = (x: Tensor): Tensor => tf.sigmoid(tf.mul(x, tf.add(tf.mul(tf.square(x), CUBIC), LINEAR)));
const phi = (x: Tensor): Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** An elementwise function by its own derivative: fewer ops than what follows from the primitives, and only the input is kept. */
const withSlope = (f: (x: Tensor) => Tensor, slope: (x: Tensor) => Tensor) =>
  tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const [x, save] = args as unknown as [Tensor, tf.GradSaveFunc];
    save([x]);
    return { value: f(x), gradFunc: (dy: Tensor, [before]: Tensor[]) => tf.mul(dy, slope(before!)) };
  });
