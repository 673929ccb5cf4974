import { checkKnown, checkNumber, checkOneOf, defineStrategy, map, named, total, zip } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { FISHERS, type Fisher, type FisherSum, fisherOf, noFisher } from './fisher.js';
import { pull } from './pull.js';

export interface EwcOptions {
  /** Weight of the penalty, λ ≥ 0. Must be searched for each network, data set and Fisher estimator. */
  readonly lambda: number;
  /** Estimator of the Fisher information. Default 'exact'. */
  readonly fisher?: Fisher;
  /** `separate`: a penalty for each task (Kirkpatrick et al.). `online`: one, that fades (Schwarz et al.). Default 'separate'. */
  readonly mode?: 'separate' | 'online';
  /** What is left of the old Fisher information after a task in mode 'online', 0 ≤ γ ≤ 1. Default 1. */
  readonly gamma?: number;
}

/** ½ Σᵢ precision (θ − mean)² + offset: a sum of quadratic penalties is one of these again. */
type Quadratic = { readonly precision: NamedTensorMap; readonly mean: NamedTensorMap; readonly offset: Scalar };

/**
 * Elastic weight consolidation: parameters that mattered for earlier tasks are held near their old values.
 *
 *     L(θ) = L_t(θ) + λ/2 Σₖ Σᵢ Fₖᵢ (θᵢ − θ*ₖᵢ)²           (separate; Kirkpatrick et al., PNAS 2017, eq. 3)
 *     L(θ) = L_t(θ) + λ/2 Σᵢ γ F*ᵢ (θᵢ − θ*ᵢ)²,  F* ← γ F* + F_t      (online; Schwarz et al., ICML 2018)
 *
 * The separate penalties are kept as one quadratic, so a step costs the same after two tasks and after a hundred. Keeps two
 * numbers a parameter; takes one pass over a task's data after it (with 'exact', one backward pass a class).
 *
 * A step of plain gradient descent is stable only where rate × λ × the largest F stays below 2.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT, after the first task, where targets are no class numbers.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'task', strategy: ewc({ lambda: 1e5 }) })
 */
export function ewc(options: EwcOptions) {
  checkKnown('ewc', options, ['lambda', 'fisher', 'mode', 'gamma']);
  const { lambda, fisher = 'exact', mode = 'separate', gamma = 1 } = options;
  checkNumber('ewc', 'lambda', lambda, { min: 0 });
  checkOneOf('ewc', 'fisher', fisher, FISHERS);
  checkOneOf('ewc', 'mode', mode, ['separate', 'online']);
  checkNumber('ewc', 'gamma', gamma, { min: 0, max: 1 });

  return defineStrategy({
    name: 'ewc',
    options: { lambda, fisher, mode, gamma },
    requires: ['boundaries'],
    init: () => ({ penalty: null as Quadratic | null }),

    loss(ctx, _forward, { penalty }) {
      if (!penalty) return null;
      const fading = mode === 'online' ? gamma : 1;
      return tf.mul(lambda * fading, valueAt(penalty, ctx.parameters)) as Scalar;
    },

    scan: { start: noFisher, add: (ctx, sum, batch) => plus(sum, fisherOf(ctx, batch, fisher)) },

    afterTask(ctx, { penalty }, { squares, terms }) {
      const importance = map((sum) => tf.div(sum, terms), squares);
      const own = { precision: importance, mean: ctx.parameters, offset: tf.scalar(0) };
      if (!penalty) return { penalty: own };
      if (mode === 'online')
        return { penalty: { ...own, precision: zip((old, now) => tf.add(tf.mul(gamma, old), now), penalty.precision, importance) } };
      return { penalty: merged(penalty, own) };
    },
  });
}

const plus = (a: FisherSum, b: FisherSum): FisherSum => ({ squares: zip(tf.add, a.squares, b.squares), terms: tf.add(a.terms, b.terms) });

/** ½ Σ precision (θ − mean)² + offset. */
const valueAt = ({ precision, mean, offset }: Quadratic, parameters: NamedTensorMap): Scalar =>
  tf.add(offset, pull(parameters, mean, precision));

/**
 * Two quadratics as one: precisions add, the mean is the precision-weighted one, and what both lose at that mean is the offset.
 * In this form, unlike in Aθ² − 2Bθ + c, nothing cancels near the minimum, so float32 serves a λ of 10⁹.
 */
function merged(a: Quadratic, b: Quadratic): Quadratic {
  const precision = zip(tf.add, a.precision, b.precision);
  /** b's share of the precision; 0 where neither has any. */
  const share = zip(tf.divNoNan, b.precision, precision);
  const gap = zip(tf.sub, b.mean, a.mean);
  const mean = map((start, name) => tf.add(start, tf.mul(named(share, name), named(gap, name))), a.mean);
  const lost = Object.keys(precision).map(
    (name) => tf.sum(tf.mul(tf.mul(named(a.precision, name), named(share, name)), tf.square(named(gap, name)))) as Scalar,
  );
  return { precision, mean, offset: tf.addN([a.offset, b.offset, tf.mul(0.5, total(lost))]) as Scalar };
}
