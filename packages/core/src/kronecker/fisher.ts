import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { matrixOf, tensorOf } from '../linear-algebra/index.js';
import { crossEntropyOfRows } from '../objective/classification.js';
import type { Batch, GraphContext, KroneckerFactors } from '../strategy/context.js';
import { type Labels, labelled } from '../strategy/labelled.js';
import type { MatrixLayer } from './layers.js';
import type { Kronecker } from './sum.js';

/** Sums of the factors of the Fisher information, and over how many examples. */
export type FactorSum = { readonly factors: KroneckerFactors; readonly rows: Scalar };

export const noFactors = (layers: readonly MatrixLayer[]): FactorSum => ({
  factors: Object.fromEntries(
    layers.map(({ name, inputs, units }) => [name, { input: tf.zeros([inputs, inputs]), output: tf.zeros([units, units]) }]),
  ),
  rows: tf.scalar(0),
});

/**
 * A sum with what a batch adds: Σₙ ā āᵀ and Σₙ E_y[g gᵀ], g = ∂ log p(y|xₙ) / ∂ what the layer gives, with y as `labels` has it.
 *
 * @param who Begins the message where targets are no class numbers.
 */
export function addFactors(ctx: GraphContext, sum: FactorSum, batch: Batch, labels: Labels, who: string): FactorSum {
  const each = labelled(ctx, batch, labels, who).map((one) => ctx.kronecker(one, crossEntropyOfRows));
  return { factors: each.reduce(addedTo, sum.factors), rows: tf.add(sum.rows, tf.sum(batch.weight)) };
}

const addedTo = (a: KroneckerFactors, b: KroneckerFactors): KroneckerFactors =>
  Object.fromEntries(
    Object.entries(a).map(([name, { input, output }]) => [
      name,
      { input: tf.add(input, b[name]!.input), output: tf.add(output, b[name]!.output) },
    ]),
  );

/** Means over the examples, on the host. For a task's boundary. */
export function meanFactors({ factors, rows }: FactorSum): { readonly [layer: string]: Kronecker } {
  return Object.fromEntries(
    Object.entries(factors).map(([name, { input, output }]) => [
      name,
      { input: matrixOf(tf.div(input, rows)), output: matrixOf(tf.div(output, rows)) },
    ]),
  );
}

/** Tensors of a Kronecker product, to keep in a state, and back. */
export const kroneckerOf = ({ input, output }: KroneckerFactors[string]): Kronecker => ({
  input: matrixOf(input),
  output: matrixOf(output),
});
export const factorsOf = ({ input, output }: Kronecker): KroneckerFactors[string] => ({ input: tensorOf(input), output: tensorOf(output) });
