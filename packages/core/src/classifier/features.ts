import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { GraphContext } from '../strategy/context.js';
import type { TensorTree } from '../tree.js';

/**
 * What a network says of inputs below its classifier: the value at its site of kind 'features', [rows, units]. Seen as in evaluation,
 * without dropout.
 *
 * @param parameters Default: the current ones.
 * @throws CL_REQUIREMENT where the model has no such site; a strategy that requires 'features' is refused before.
 * @example predict: (ctx, x, state) => nearestMeanScores(featuresOf(ctx, x), state.means)
 */
export function featuresOf(ctx: Pick<GraphContext, 'forward' | 'model'>, x: TensorTree, parameters?: NamedTensorMap): Tensor2D {
  let features: Tensor | undefined;
  ctx.forward(x, parameters, {
    training: false,
    at(site, value) {
      if (site.kind === 'features') features = value;
      return value;
    },
  });
  if (features === undefined)
    throw new ContinualLearningError('CL_REQUIREMENT', `'${ctx.model.name}' has no site of kind 'features' to read them at.`);
  return features.rank === 2 ? (features as Tensor2D) : tf.reshape(features, [features.shape[0]!, -1]);
}

/** How many features a model has. */
export const featureUnits = ({ sites }: Model): number => sites.find(({ kind }) => kind === 'features')!.units;

/** Rows divided by their length, [rows, units]; a row of zeros stays one. */
export const normalized = (rows: Tensor): Tensor2D => tf.div(rows, tf.maximum(tf.norm(rows, 2, -1, true), 1e-12)) as Tensor2D;

/** Below every score: what a class has that nothing is known of. */
const UNKNOWN = -1e9;

/**
 * Scores with those of unknown classes below all others, and with a column for each output where the model has got more of them.
 *
 * @param scores [rows, classes].
 * @param counts Examples seen of each class, [classes].
 */
export function ofKnown(scores: Tensor, counts: Tensor, outputs: number): Tensor2D {
  const known = tf.cast(tf.greater(counts, 0), 'float32');
  const ranked = tf.add(tf.mul(scores, known), tf.mul(tf.sub(1, known), UNKNOWN));
  const more = outputs - counts.shape[0]!;
  return (more > 0 ? tf.concat([ranked, tf.fill([scores.shape[0]!, more], UNKNOWN)], 1) : ranked) as Tensor2D;
}

/** Values by class, [classes, …], with zeros for classes that the model has got since. */
export function widened(byClass: Tensor, outputs: number): Tensor {
  const more = outputs - byClass.shape[0]!;
  return more > 0 ? tf.concat([byClass, tf.zeros([more, ...byClass.shape.slice(1)])]) : byClass;
}
