import { ContinualLearningError, type Model, type ParameterSpec, total } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Names of kernels in the trunk: parameters of two axes and more, not biases or gains. */
export const trunkWeights = (model: Model): string[] => namesOf(model, ({ role, shape }) => role === 'trunk' && shape.length > 1);

/** Names of all kernels, the classifier's too. */
export const allWeights = (model: Model): string[] => namesOf(model, ({ shape }) => shape.length > 1);

const namesOf = ({ parameters }: Model, has: (spec: ParameterSpec) => boolean): string[] =>
  Object.keys(parameters).filter((name) => !isScores(name) && has(parameters[name]!));

/** The name of the numbers that decide which entries of a kernel a task sees. */
export const scoresOf = (kernel: string): string => `${kernel}/scores`;
export const isScores = (name: string): boolean => name.endsWith('/scores');

/** The model with numbers for each entry of these kernels, to be trained in the place of them. */
export function withScores(model: Model, kernels: readonly string[]): Model {
  const scores = kernels.map((kernel) => {
    const { shape, role } = model.parameters[kernel]!;
    return [scoresOf(kernel), { shape, role, initializer: 'zeros' } satisfies ParameterSpec] as const;
  });
  return { ...model, parameters: { ...model.parameters, ...Object.fromEntries(scores) } };
}

/** Throws CL_REQUIREMENT where there is nothing to divide among the tasks. */
export function refuseWithout(weights: readonly string[], strategy: string, model: Model): void {
  if (weights.length > 0) return;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `'${strategy}' divides the trunk's weights among the tasks; '${model.name}' has none. Give it a hidden layer.`,
  );
}

/** The share of entries that are not 0. */
export function shareOf(masks: NamedTensorMap): Scalar {
  const all = Object.values(masks);
  const count = total(all.map((mask) => tf.sum(tf.abs(tf.cast(mask, 'float32'))) as Scalar));
  return tf.div(
    count,
    all.reduce((size, mask) => size + mask.size, 0),
  );
}
