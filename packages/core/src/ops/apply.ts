import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { has, run, runMany } from './kernel.js';

export interface AdamOptions {
  readonly rate: Scalar;
  /** Counted from 1: a float32 scalar. */
  readonly step: Scalar;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** parameter − rate · gradient. */
export function applySgd(parameter: Tensor, gradient: Tensor, rate: Scalar): Tensor {
  if (has('cl/ApplySgd')) return run('cl/ApplySgd', { parameter, gradient, rate });
  return plainSgd(parameter, gradient, rate);
}

/** PyTorch's momentum: accumulator ← momentum · accumulator + gradient; parameter ← parameter − rate · accumulator. */
export function applyMomentum(parameter: Tensor, accumulator: Tensor, gradient: Tensor, rate: Scalar, momentum: number) {
  if (!has('cl/ApplyMomentum')) return plainMomentum(parameter, accumulator, gradient, rate, momentum);
  const [p, a] = runMany('cl/ApplyMomentum', { parameter, accumulator, gradient, rate }, { momentum });
  return { parameter: p!, accumulator: a! };
}

/** Adam, with epsilon added to the root of the corrected second moment, as PyTorch does. */
export function applyAdam(parameter: Tensor, m: Tensor, v: Tensor, gradient: Tensor, options: AdamOptions) {
  if (!has('cl/ApplyAdam')) return plainAdam(parameter, m, v, gradient, options);
  const { rate, step, beta1, beta2, epsilon } = options;
  const [p, newM, newV] = runMany('cl/ApplyAdam', { parameter, m, v, gradient, rate, step }, { beta1, beta2, epsilon });
  return { parameter: p!, m: newM!, v: newV! };
}

/** The formulas in plain ops: what a native kernel is measured against, and what it is made of when it cannot be fused. */
export function plainSgd(parameter: Tensor, gradient: Tensor, rate: Scalar): Tensor {
  return tf.sub(parameter, tf.mul(rate, gradient));
}

export function plainMomentum(parameter: Tensor, accumulator: Tensor, gradient: Tensor, rate: Scalar, momentum: number) {
  const next = tf.add(tf.mul(accumulator, momentum), gradient);
  return { parameter: tf.sub(parameter, tf.mul(rate, next)), accumulator: next };
}

export function plainAdam(parameter: Tensor, m: Tensor, v: Tensor, gradient: Tensor, options: AdamOptions) {
  const { rate, epsilon } = adamScales(options);
  // 1 − β from β as a float32, here, in the fused op and in the correction: then the corrected moments are exact averages.
  const newM = tf.add(m, tf.mul(tf.sub(gradient, m), 1 - Math.fround(options.beta1)));
  const newV = tf.add(v, tf.mul(tf.sub(tf.square(gradient), v), 1 - Math.fround(options.beta2)));
  return { parameter: tf.sub(parameter, tf.div(tf.mul(newM, rate), tf.add(tf.sqrt(newV), epsilon))), m: newM, v: newV };
}

/**
 * Both corrections of the moments, moved into two scalars: with c₁ = 1 − β₁ᵗ and c₂ = 1 − β₂ᵗ,
 *   rate · (m / c₁) / (√(v / c₂) + ε) = (rate · √c₂ / c₁) · m / (√v + ε · √c₂).
 */
export function adamScales({ rate, step, beta1, beta2, epsilon }: AdamOptions): { rate: Scalar; epsilon: Scalar } {
  const root = tf.sqrt(correction(beta2, step));
  return { rate: tf.div(tf.mul(rate, root), correction(beta1, step)) as Scalar, epsilon: tf.mul(root, epsilon) };
}

/** 1 − βᵗ. By expm1, as the difference loses half of its digits for β₂ = 0.999. */
function correction(beta: number, step: Scalar): Scalar {
  return tf.neg(tf.expm1(tf.mul(step, Math.log(Math.fround(beta))))) as Scalar;
}
