import { type Batch, type BoundaryContext, ContinualLearningError, type Dataset, named, subsetData } from '@cl/core';
import type { NamedTensorMap, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { gateCount, gateGradients, gateSites } from './das-gates.js';
import { representations, tokensOf } from './das-representation.js';

/** How far the signal must be above what rounding alone gives. */
const CLEAR = 10;

/**
 * How much each unit matters for what the network knew before the first task, by proxy, since the data of that are not at hand: a unit
 * matters if what two passes with dropout make of the same input differs more or less with it. [gates] at each site, a sum over examples.
 *
 * @param count How many of the task's examples are asked.
 * @param signed Whether the gradients of examples are added up with their signs.
 * @throws CL_REQUIREMENT where dropout makes no difference that stands out from rounding.
 */
export function generalImportance(ctx: BoundaryContext, count: number, signed: boolean): NamedTensorMap {
  const sites = gateSites(ctx.model);
  const gradientsWith = (training: boolean) => (batch: Batch) => {
    const rows = batch.weight.shape[0];
    const gradients = gateGradients(ctx, batch, (at) => {
      const [one, other] = [0, 1].map(() => representations(ctx, batch.x, rows, { training, at })) as [Tensor3D, Tensor3D];
      return divergence(one, other, tokensOf(batch.x, one.shape));
    });
    return tf.concat(
      sites.map(({ name }) => named(gradients, name)),
      1,
    );
  };
  const asked = firstOf(ctx.examples, count);
  const signal = summed(ctx, asked, gradientsWith(true));
  // Without dropout, both passes are the same, and what is left is rounding.
  const noise = summed(ctx, firstOf(ctx.examples, ctx.batchSize), gradientsWith(false));
  if (!(signal.magnitude > CLEAR * noise.magnitude)) throw noSignal(ctx, signal.magnitude, noise.magnitude);

  const sums = tf.tensor1d(signed ? signal.sums : signal.magnitudes);
  return Object.fromEntries(tf.split(sums, sites.map(gateCount)).map((values, i) => [sites[i]!.name, values]));
}

/** KL(softmax of p ‖ softmax of q) over the units, summed over the tokens of each row: [rows], from [rows, positions, units]. */
export function divergence(p: Tensor3D, q: Tensor3D, tokens: Tensor2D): Tensor1D {
  const [logP, logQ] = [tf.logSoftmax(p), tf.logSoftmax(q)];
  const each = tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logQ)), 2);
  return tf.sum(tf.mul(each, tokens), 1);
}

const firstOf = (examples: Dataset, count: number): Dataset => slice(examples, 0, count);

const slice = (examples: Dataset, start: number, count: number): Dataset =>
  subsetData(
    examples,
    Int32Array.from({ length: Math.min(count, examples.length - start) }, (_, i) => start + i),
  );

/** Sums over examples of what each of them gives, with and without signs, and the mean magnitude; a batch at a time in memory. */
function summed(ctx: BoundaryContext, examples: Dataset, compute: (batch: Batch) => tf.Tensor) {
  const count = gateSites(ctx.model).reduce((sum, site) => sum + gateCount(site), 0);
  const [sums, magnitudes] = [new Float64Array(count), new Float64Array(count)];
  for (let start = 0; start < examples.length; start += ctx.batchSize) {
    const { values } = ctx.readOut(slice(examples, start, ctx.batchSize), compute);
    values.forEach((value, i) => {
      sums[i % count]! += value;
      magnitudes[i % count]! += Math.abs(value);
    });
  }
  const magnitude = magnitudes.reduce((sum, value) => sum + value, 0) / (count * examples.length);
  return { sums: Float32Array.from(sums), magnitudes: Float32Array.from(magnitudes), magnitude };
}

const noSignal = ({ model }: BoundaryContext, signal: number, noise: number): ContinualLearningError =>
  new ContinualLearningError(
    'CL_REQUIREMENT',
    `das() measures general knowledge by what dropout changes, and in '${model.name}' that is nothing: a gate's mean gradient is ${signal.toExponential(1)} with dropout and ${noise.toExponential(1)} without. Give the model dropout, or leave it out by das({ general: false }).`,
  );
