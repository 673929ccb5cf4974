import type { NamedAttrMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { has, runMany } from './kernel.js';

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
  const next = tf.sub(parameter, tf.mul(rate, gradient));
  announce('sgd', [[parameter, next]], { gradient, rate });
  return next;
}

/** PyTorch's momentum: accumulator ← momentum · accumulator + gradient; parameter ← parameter − rate · accumulator. */
export function applyMomentum(parameter: Tensor, accumulator: Tensor, gradient: Tensor, rate: Scalar, momentum: number) {
  const next = tf.add(tf.mul(accumulator, momentum), gradient);
  const moved = tf.sub(parameter, tf.mul(rate, next));
  announce(
    'momentum',
    [
      [parameter, moved],
      [accumulator, next],
    ],
    { gradient, rate },
    { momentum },
  );
  return { parameter: moved, accumulator: next };
}

/**
 * Adam, with epsilon added to the root of the corrected second moment, as PyTorch does. 1 − β is taken from β as a float32, here, in
 * the fused op and in the correction: then the corrected moments are exact averages.
 */
export function applyAdam(parameter: Tensor, m: Tensor, v: Tensor, gradient: Tensor, options: AdamOptions) {
  const { beta1, beta2 } = options;
  const { rate, epsilon } = adamScales(options);
  const newM = tf.add(m, tf.mul(tf.sub(gradient, m), 1 - Math.fround(beta1)));
  const newV = tf.add(v, tf.mul(tf.sub(tf.square(gradient), v), 1 - Math.fround(beta2)));
  const moved = tf.sub(parameter, tf.div(tf.mul(newM, rate), tf.add(tf.sqrt(newV), epsilon)));
  announce(
    'adam',
    [
      [parameter, moved],
      [m, newM],
      [v, newV],
    ],
    { gradient, rate, epsilon },
    { beta1, beta2 },
  );
  return { parameter: moved, m: newM, v: newV };
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

/** Rules for which TensorFlow has one op that changes a variable in place. */
export type FusedRule = 'sgd' | 'momentum' | 'adam';

/**
 * Tells a recording back end that these new values follow from these old ones by a known rule. Where they turn out to be the next
 * values of a compiled step's variables, it replaces the ops above by TensorFlow's own.
 */
function announce(
  rule: FusedRule,
  changes: readonly (readonly [Tensor, Tensor])[],
  inputs: { [name: string]: Tensor },
  attributes: NamedAttrMap = {},
): void {
  if (!has('cl/Fusable')) return;
  const named = Object.fromEntries(
    changes.flatMap(([before, after], i) => [
      [`before${i}`, before],
      [`after${i}`, after],
    ]),
  );
  runMany('cl/Fusable', { ...named, ...inputs }, { ...attributes, rule });
}
