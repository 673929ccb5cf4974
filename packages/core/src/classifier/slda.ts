import type { Tensor1D } from '@tensorflow/tfjs-core';
import { checkKnown, checkNumber, checkOneOf } from '../options.js';
import { defineStrategy } from '../strategy/strategy.js';
import {
  type Deviation,
  type Discriminant,
  discriminantOf,
  discriminantScores,
  type Moments,
  noMoments,
  updatedMoments,
  widenedMoments,
} from './discriminant.js';
import { featuresOf, featureUnits, ofKnown } from './features.js';

export interface SldaOptions {
  /** ε in (0, 1]: how much of the identity there is in the covariance before it is inverted. Default 1e-4, as in the authors' code. */
  readonly shrinkage?: number;
  /**
   * `streaming`: the covariance as the paper updates it. `within`: exactly that of examples around their class means, in whatever order they
   * come; better where classes have few examples. Default 'streaming'.
   */
  readonly deviation?: Deviation;
}

/**
 * Streaming linear discriminant analysis: a Gaussian around each class's mean feature, all with one covariance, is kept up example by
 * example; the most probable class is a linear function of the features.
 *
 *     argmax_k  w_kᵀ φ(x) + b_k,   w_k = Λ μ_k,  b_k = −½ μ_kᵀ Λ μ_k,  Λ = ((1 − ε) Σ + ε I)⁻¹
 *
 * Hayes & Kanan, "Lifelong machine learning with deep streaming linear discriminant analysis", CVPR-W 2020, arXiv 1909.01520. It is a
 * classifier and no training: in the paper the network stands still after a first phase, `compose(frozen(), slda())`; it can also sit on
 * one that another strategy trains, and then knows each class as the network saw it when its task was learned. Keeps one feature vector a
 * class and one matrix [units, units], and no data; a task costs one more pass over its data and one inversion on the host.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the model has no features.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'class', strategy: compose(frozen(), slda()) })
 */
export function slda(options: SldaOptions = {}) {
  checkKnown('slda', options, ['shrinkage', 'deviation']);
  const { shrinkage = 1e-4, deviation = 'streaming' } = options;
  checkNumber('slda', 'shrinkage', shrinkage, { above: 0, max: 1 });
  checkOneOf('slda', 'deviation', deviation, ['streaming', 'within']);

  return defineStrategy({
    name: 'slda',
    claims: ['prediction'],
    requires: ['features'],
    options: { shrinkage, deviation },
    init: () => ({ known: null as { readonly moments: Moments; readonly discriminant: Discriminant } | null }),

    scan: {
      start: ({ model }, { known }) =>
        known ? widenedMoments(known.moments, model.outputs) : noMoments(model.outputs, featureUnits(model)),
      add: (ctx, moments, { x, y, weight }) => updatedMoments(moments, featuresOf(ctx, x), y as Tensor1D, weight, deviation),
    },

    afterTask: (_ctx, _state, moments) => ({ known: { moments, discriminant: discriminantOf(moments, shrinkage) } }),

    predict(ctx, x, { known }) {
      if (!known) return ctx.forward(x);
      const scores = discriminantScores(featuresOf(ctx, x), known.discriminant);
      return ofKnown(scores, known.moments.prototypes.counts, ctx.model.outputs);
    },
  });
}
