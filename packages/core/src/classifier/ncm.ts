import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { checkBoolean, checkKnown } from '../options.js';
import { defineStrategy } from '../strategy/strategy.js';
import { featuresOf, featureUnits, normalized, ofKnown } from './features.js';
import { nearestMeanScores, noPrototypes, type Prototypes, updatedPrototypes, widenedPrototypes } from './prototypes.js';

export interface NcmOptions {
  /** Whether features are divided by their length, and class means too, as in iCaRL. Default true. */
  readonly normalize?: boolean;
}

/**
 * Nearest class mean: an input belongs to the class whose mean feature is nearest.
 *
 *     argmin_k ‖φ(x) − μ_k‖,   μ_k = the mean of φ over all examples of class k
 *
 * Mensink et al., "Distance-based image classification", TPAMI 2013, with the Euclidean metric. It is a classifier and no training: put it on
 * a network that another strategy trains, or that stands still (`frozen`). Each example counts once, as the network saw it when its task was
 * learned; means do not follow a network that moves on. Keeps one feature vector a class and no data; a task costs one more pass over its
 * data.
 *
 * @throws CL_OPTION for options that cannot be; CL_REQUIREMENT where the model has no features.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'class', strategy: compose(frozen(), ncm()) })
 */
export function ncm(options: NcmOptions = {}) {
  checkKnown('ncm', options, ['normalize']);
  const normalize = checkBoolean('ncm', 'normalize', options.normalize ?? true);
  const scaled = (rows: Tensor2D): Tensor2D => (normalize ? normalized(rows) : rows);

  return defineStrategy({
    name: 'ncm',
    claims: ['prediction'],
    requires: ['features'],
    options: { normalize },
    init: () => ({ prototypes: null as Prototypes | null }),

    scan: {
      start: ({ model }, { prototypes }) =>
        prototypes ? widenedPrototypes(prototypes, model.outputs) : noPrototypes(model.outputs, featureUnits(model)),
      add: (ctx, prototypes, { x, y, weight }) => updatedPrototypes(prototypes, scaled(featuresOf(ctx, x)), y as Tensor1D, weight),
    },

    afterTask: (_ctx, _state, prototypes) => ({ prototypes }),

    predict(ctx, x, { prototypes }) {
      if (!prototypes) return ctx.forward(x);
      const scores = nearestMeanScores(scaled(featuresOf(ctx, x)), scaled(prototypes.means));
      return ofKnown(scores, prototypes.counts, ctx.model.outputs);
    },
  });
}
