import { type AtSite, checkKnown, checkNumber, defineStrategy, type GraphContext, indicator, map, weightedMean } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface LflOptions {
  /** Weight of the features, λₑ ≥ 0. It must be searched: the distance is a sum over features, so it grows with their number. */
  readonly lambda: number;
}

/**
 * Less-forgetting learning: the classifier's boundaries stay, and so do the features that they divide.
 *
 *     L = L_new + λₑ · mean over rows of ½ ‖f(x; θ) − f(x; θ_old)‖²     (Jung, Ju, Jung & Kim, 2016, arXiv 1607.00122, equations 1 to 3)
 *
 * f: the features below the classifier, of the new task's own inputs. After the first task, the outputs of the tasks before are frozen
 * in the classifier; where tasks share their outputs, as in the paper, that is all of it, and new outputs learn. Keeps a copy of the last
 * task's parameters and no data; a step costs two more forward passes.
 *
 * @throws CL_OPTION for options outside their ranges, CL_REQUIREMENT for a model that does not name its features.
 * @example new Learner({ model, optimizer: sgd(0.01), scenario: 'domain', strategy: lfl({ lambda: 0.01 }) })
 */
export function lfl(options: LflOptions) {
  checkKnown('lfl', options, ['lambda']);
  const lambda = checkNumber('lfl', 'lambda', options.lambda, { min: 0 });

  return defineStrategy({
    name: 'lfl',
    requires: ['boundaries', 'features', 'classes'],
    options: { lambda },
    init: () => ({ old: null as NamedTensorMap | null }),

    loss(ctx, { batch }, { old }) {
      if (!old) return null;
      // Without dropout on either side, or at the old parameters there would be a distance already.
      const moved = tf.squaredDifference(featuresOf(ctx, batch.x), featuresOf(ctx, batch.x, old));
      const distances = tf.sum(tf.reshape(moved, [moved.shape[0]!, -1]), 1);
      return tf.mul(lambda / 2, weightedMean(distances, batch.weight)) as Scalar;
    },

    // Where tasks share their outputs, the whole classifier was learned with the first of them.
    trains: ({ past, scenario, head }, parameter) => scenario !== 'domain' || past.length === 0 || !head.has(parameter),
    updates: (ctx, updates) => (ctx.past.length > 0 ? withoutOldOutputs(ctx, updates) : updates),

    afterTask: (ctx) => ({ old: ctx.parameters }),
  });
}

/** The value below the classifier, [rows, …features]. */
function featuresOf({ forward }: GraphContext, x: Parameters<GraphContext['forward']>[0], parameters?: NamedTensorMap): Tensor {
  let features!: Tensor;
  const at: AtSite = (site, value) => {
    if (site.kind === 'features') features = value;
    return value;
  };
  forward(x, parameters, { training: false, at });
  return features;
}

/** In the classifier, the columns of classes that were learned before stay as they are. */
function withoutOldOutputs({ head, past, model }: GraphContext, updates: NamedTensorMap): NamedTensorMap {
  const old = indicator(
    past.flatMap(({ classes }) => classes),
    model.outputs,
  );
  return map((update, name) => (head.has(name) ? tf.mul(update, tf.sub(1, old)) : update), updates);
}
