import { indicator, type Model } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A model that answers only with these classes: the other outputs lie far below, so that their probability is 0.
 *
 * @example voting([answering(first, [0, 1]), answering(second, [2, 3])])
 */
export function answering(model: Model, classes: readonly number[]): Model {
  const outside = indicator(classes, model.outputs).map((own) => (own === 1 ? 0 : -FAR));
  if (!outside.includes(-FAR)) return model;
  return {
    ...model,
    apply(parameters, x, options) {
      const result = model.apply(parameters, x, options);
      return { ...result, outputs: tf.add(result.outputs, outside) };
    },
    ...(model.grow && { grow: (count: number) => answering(model.grow!(count), classes) }),
  };
}

/** Far enough for a probability of 0, near enough for a logit beside it to keep what it is. */
const FAR = 1e9;
