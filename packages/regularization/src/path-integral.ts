import { map, named, type StepResult } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** What each parameter contributed to the fall of the loss in a step, to first order: −g δθ, with δθ as it was really added. */
export function fallen(gradients: NamedTensorMap, { before, after }: Pick<StepResult, 'before' | 'after'>): NamedTensorMap {
  return map((gradient, name) => tf.mul(gradient, tf.sub(named(before, name), named(after, name))), gradients);
}
