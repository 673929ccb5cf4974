import { type ApplyOptions, initialParameters, type Model, valueAndGradients } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { type Nested, plain, tidied } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { prefixed, voting } from '../src/index.js';

export const net = (name: string, options = {}) => prefixed(name, mlp({ inputs: 4, hidden: [6, 5], outputs: 3, ...options }));
export const [left, right, third] = [net('left'), net('right'), net('third')];
export const rows = () => tf.randomNormal([8, 4], 0, 1, 'float32', 1);

/** Outputs of a model with its start values, or others. */
export const outputsOf = (
  model: Model,
  change: (parameters: NamedTensorMap) => NamedTensorMap = (same) => same,
  options?: ApplyOptions,
): Nested => tidied(() => plain(model.apply(change(initialParameters(model, 1)), rows(), options).outputs) as Nested);

export const gradientsOf = (model: Model): Record<string, number> =>
  tidied(() => {
    const { gradients } = valueAndGradients(
      (own) => ({ loss: tf.sum(tf.square(model.apply(own, rows()).outputs)) as Scalar, aux: null }),
      initialParameters(model, 1),
    );
    return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.norm(gradient).dataSync()[0]!]));
  });

/** A model of one parameter, its logits. */
export const fixed = (name: string, logits: readonly (readonly number[])[]): { model: Model; parameters: NamedTensorMap } => ({
  model: {
    name,
    inputs: [1],
    outputs: logits[0]!.length,
    sites: [],
    parameters: { [name]: { shape: [logits.length, logits[0]!.length], role: 'head', initializer: 'zeros' } },
    apply: (parameters) => ({ outputs: parameters[name]! }),
  },
  parameters: { [name]: tf.tensor2d(logits as number[][]) },
});

/** What members of given logits vote. */
export function vote(members: readonly (readonly (readonly number[])[])[], options?: Parameters<typeof voting>[1]): number[][] {
  return tidied(() => {
    const voters = members.map((logits, k) => fixed(`m${k}`, logits));
    const model = voting(
      voters.map((voter) => voter.model),
      options,
    );
    return plain(
      model.apply(Object.assign({}, ...voters.map(({ parameters }) => parameters)), tf.zeros([members[0]!.length, 1])).outputs,
    ) as number[][];
  });
}
export const winners = (scores: readonly (readonly number[])[]) => scores.map((row) => row.indexOf(Math.max(...row)));
export function expectNear(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): void {
  for (const [i, row] of a.entries()) for (const [c, value] of row.entries()) expect(value).toBeCloseTo(b[i]![c]!, 5);
}

export const softmax = (row: readonly number[]): number[] => {
  const powers = row.map((value) => Math.exp(value - Math.max(...row)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
};
