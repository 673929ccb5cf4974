import * as tf from '@tensorflow/tfjs-core';
import { applyMomentum, applySgd } from '../ops/index.js';
import { checkBoolean, checkNumber } from '../options.js';
import type { Optimizer, Schedule } from './optimizer.js';
import { type CommonOptions, decayed, perParameter, withRate } from './per-parameter.js';

export interface SgdOptions extends CommonOptions {
  /** λ ≥ 0: λ × parameter is added to the gradient, as in PyTorch. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent: θ ← θ − η g.
 *
 * @example sgd(0.1)
 * @example sgd({ learningRate: cosine({ rate: 0.1, steps: 1000 }), weightDecay: 5e-4 })
 */
export function sgd(options: number | Schedule | SgdOptions): Optimizer {
  const { learningRate, groups, weightDecay: decay = 0 }: SgdOptions = withRate<SgdOptions>('sgd', options, ['weightDecay']);
  checkNumber('sgd', 'weightDecay', decay, { min: 0 });
  return perParameter<never>('sgd', { learningRate, groups, weightDecay: decay }, (weightDecay) => ({
    slots: [],
    update: (at) => (gradient, slots, parameter) => ({
      result: tf.neg(tf.mul(at.learningRate, decayed(gradient, parameter, weightDecay))),
      slots,
    }),
    apply: (at) => (gradient, slots, parameter) => ({
      result: applySgd(parameter, decayed(gradient, parameter, weightDecay), at.learningRate),
      slots,
    }),
  }));
}

export interface MomentumOptions extends SgdOptions {
  /** μ in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** True: the gradient is looked up where the momentum leads to. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum, in PyTorch's form: v ← μ v + g, θ ← θ − η v, or with Nesterov's change
 * θ ← θ − η (g + μ v) (Sutskever et al., "On the importance of initialization and momentum", ICML 2013).
 *
 * @example momentum({ learningRate: 0.01, momentum: 0.9, nesterov: true })
 */
export function momentum(options: number | Schedule | MomentumOptions): Optimizer {
  const given: MomentumOptions = withRate<MomentumOptions>('momentum', options, ['momentum', 'nesterov', 'weightDecay']);
  const { learningRate, groups, momentum: mu = 0.9, nesterov = false, weightDecay: decay = 0 } = given;
  checkNumber('momentum', 'momentum', mu, { min: 0, below: 1 });
  checkBoolean('momentum', 'nesterov', nesterov);
  checkNumber('momentum', 'weightDecay', decay, { min: 0 });
  return perParameter<'velocity'>('momentum', { learningRate, groups, momentum: mu, nesterov, weightDecay: decay }, (weightDecay) => ({
    slots: ['velocity'],
    update: (at) => (gradient, slots, parameter) => {
      const descent = decayed(gradient, parameter, weightDecay);
      const velocity = tf.add(tf.mul(slots.velocity, mu), descent);
      const direction = nesterov ? tf.add(descent, tf.mul(velocity, mu)) : velocity;
      return { result: tf.neg(tf.mul(at.learningRate, direction)), slots: { velocity } };
    },
    // There is no fused op for Nesterov's form.
    ...(!nesterov && {
      apply: (at) => (gradient, slots, parameter) => {
        const next = applyMomentum(parameter, slots.velocity, decayed(gradient, parameter, weightDecay), at.learningRate, mu);
        return { result: next.parameter, slots: { velocity: next.accumulator } };
      },
    }),
  }));
}
