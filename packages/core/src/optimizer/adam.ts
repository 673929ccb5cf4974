import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { adamScales, applyAdam } from '../ops/index.js';
import { checkNumber } from '../options.js';
import type { At, Optimizer, Schedule } from './optimizer.js';
import { type CommonOptions, decayed, perParameter, withRate } from './per-parameter.js';

export interface AdamOptions extends CommonOptions {
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the corrected mean of squares; greater than 0. Default 1e-8 as in PyTorch; tfjs has 1e-7. */
  readonly epsilon?: number;
  /** `adam`: λ × parameter is added to the gradient. `adamW`: the parameter shrinks by η λ, whatever its gradient. */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma & Ba, ICLR 2015, algorithm 1), with PyTorch's defaults: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
 * θ ← θ − η m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ).
 *
 * @example adam(1e-3)
 * @example adam({ learningRate: 1e-3, beta1: 0.8 })
 */
export function adam(options: number | Schedule | AdamOptions): Optimizer {
  return adaptive('adam', options, 0, false);
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019, algorithm 2, in PyTorch's form): the parameter shrinks by
 * the factor 1 − η λ before Adam's step. `weightDecay` defaults to 0.01, as in PyTorch.
 *
 * @example adamW({ learningRate: 5e-4, weightDecay: 0.1 })
 * @example adamW({ learningRate: 5e-5, groups: [{ match: /bias|norm/, weightDecay: 0 }, { match: /^head/, learningRateFactor: 10 }] })
 */
export function adamW(options: number | Schedule | AdamOptions): Optimizer {
  return adaptive('adamW', options, 0.01, true);
}

function adaptive(name: string, options: number | Schedule | AdamOptions, defaultDecay: number, decoupled: boolean): Optimizer {
  const given: AdamOptions = withRate<AdamOptions>(name, options, ['beta1', 'beta2', 'epsilon', 'weightDecay']);
  const { learningRate, groups, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay: decay = defaultDecay } = given;
  checkNumber(name, 'beta1', beta1, { min: 0, below: 1 });
  checkNumber(name, 'beta2', beta2, { min: 0, below: 1 });
  checkNumber(name, 'epsilon', epsilon, { above: 0 });
  checkNumber(name, 'weightDecay', decay, { min: 0 });

  const settings = (at: At) => ({ rate: at.learningRate, step: at.step, beta1, beta2, epsilon });

  return perParameter<'mean' | 'square'>(name, { learningRate, groups, beta1, beta2, epsilon, weightDecay: decay }, (weightDecay) => {
    const coupled = decoupled ? 0 : weightDecay;
    const shrinks = decoupled && weightDecay > 0;
    const shrinkage = (at: At): Tensor => tf.mul(at.learningRate, weightDecay);
    return {
      slots: ['mean', 'square'],
      // The order of operations is `plainAdam`'s, so that with and without fused ops, and with and without a strategy that looks
      // at the updates, the numbers are the same.
      update: (at) => {
        const scales = adamScales(settings(at));
        return (gradient, slots, parameter) => {
          const descent = decayed(gradient, parameter, coupled);
          const mean = towards(descent, slots.mean, beta1);
          const square = towards(tf.square(descent), slots.square, beta2);
          const step = tf.neg(tf.div(tf.mul(mean, scales.rate), tf.add(tf.sqrt(square), scales.epsilon)));
          return { result: shrinks ? tf.sub(step, tf.mul(shrinkage(at), parameter)) : step, slots: { mean, square } };
        };
      },
      apply: (at) => (gradient, slots, parameter) => {
        const from = shrinks ? tf.mul(parameter, tf.sub(1, shrinkage(at))) : parameter;
        const next = applyAdam(from, slots.mean, slots.square, decayed(gradient, parameter, coupled), settings(at));
        return { result: next.parameter, slots: { mean: next.m, square: next.v } };
      },
    };
  });
}

/** β × average + (1 − β) × value, with β as a float32: then the corrected average of equal values is that value. */
const towards = (value: Tensor, average: Tensor, beta: number): Tensor =>
  tf.add(average, tf.mul(tf.sub(value, average), 1 - Math.fround(beta)));
