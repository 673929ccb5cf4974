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

/** The same with Φ approximated by a hyperbolic tangent, as GPT-2 has it. */
export function geluTanh<T extends Tensor>(x: T): T {
  return withSlope(
    (value) => tf.mul(value, tf.mul(tf.add(bend(value), 1), 0.5)),
    (value) => {
      const t = bend(value);
      const inner = tf.mul(tf.add(tf.mul(tf.square(value), 3 * CUBIC), 1), ROOT);
      const rise = tf.mul(tf.mul(value, inner), tf.sub(1, tf.square(t)));
      return tf.mul(tf.add(tf.add(t, 1), rise), 0.5);
    },
  )(x) as T;
}

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const phi = (x: Tensor): Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
const bend = (x: Tensor): Tensor => tf.tanh(tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), CUBIC), 1)), ROOT));

/** An elementwise function by its own derivative: fewer ops than what follows from the primitives, and only the input is kept. */
const withSlope = (f: (x: Tensor) => Tensor, slope: (x: Tensor) => Tensor) =>
  tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const [x, save] = args as unknown as [Tensor, tf.GradSaveFunc];
    save([x]);
    return { value: f(x), gradFunc: (dy: Tensor, [before]: Tensor[]) => tf.mul(dy, slope(before!)) };
  });
