import type { NamedTensorMap, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelUse, Model } from '../model/model.js';
import { map, mapTree, named, zip } from '../tree.js';
import type { Batch, RowLossFunction } from './context.js';
import { valueAndGradients } from './gradients.js';
import { type Pass, patchesOf, phantomGradients } from './phantom.js';

/** What gradients of single examples are taken of. */
export interface Examples {
  readonly batch: Batch;
  readonly loss: RowLossFunction;
  readonly model: Model;
  readonly parameters: NamedTensorMap;
  readonly pass: Pass;
  /** False where the forward pass sees other parameters than these (masks on weights): then only the slow way is right. */
  readonly exact: boolean;
}

interface PerExample extends Examples {
  readonly measure: 'squares' | 'magnitudes';
}

/**
 * Σₙ wₙ (∂ℓₙ/∂θ)² or Σₙ wₙ |∂ℓₙ/∂θ| over the rows of a batch.
 *
 * With a layer's inputs a and the gradients g of single examples by its pre-activation, example n's gradient of the kernel is aₙᵀgₙ, of
 * which only the sum over n of the measure is formed: for a dense layer (a²)ᵀ(g²) or |a|ᵀ|g|, one product for the whole batch. Layers
 * that do not tell how they use their kernels take one backward pass per row.
 */
export function perExample(work: PerExample): NamedTensorMap {
  const { parameters, batch, loss, pass } = work;
  const rules = rulesOf(work);
  if (!rules) return oneByOne(work);

  const { inputs, gradients } = phantomGradients(batch, loss, parameters, pass);
  return map((parameter, name) => {
    const rule = rules.get(name)!;
    const g = named(gradients, rule.output);
    return rule.input === undefined ? ofBias(work, g) : ofKernel(work, named(inputs, rule.input), g, rule.use, parameter.shape);
  }, parameters);
}

export interface Rule {
  readonly output: string;
  readonly input?: string;
  readonly use?: KernelUse;
}

/** For each parameter, the site of its layer's pre-activation and, for kernels, of its inputs; null where only the slow way is right. */
export function rulesOf({ model, parameters, exact }: Examples): ReadonlyMap<string, Rule> | null {
  if (!exact) return null;
  const rules = new Map<string, Rule>();
  const shared = new Set<string>();
  for (const { name, kind, fedBy = [] } of model.sites) {
    if (kind !== 'preactivation') continue;
    for (const parameter of fedBy) {
      // A parameter of two layers has a gradient that is a sum, whose square is not the sum of the squares.
      if (rules.has(parameter)) shared.add(parameter);
      const { use, shape } = model.parameters[parameter]!;
      const input = model.sites.find((site) => site.kind === 'input' && site.feeds?.includes(parameter));
      if (use && input) rules.set(parameter, { output: name, input: input.name, use });
      else if (!use && shape.length === 1) rules.set(parameter, { output: name });
    }
  }
  for (const parameter of shared) rules.delete(parameter);
  return Object.keys(parameters).every((name) => rules.has(name)) ? rules : null;
}

/** Weighted sum over rows: [batch, …] → […]. */
function weighted(values: Tensor, { weight }: Batch): Tensor {
  const rest = values.shape.slice(1);
  return tf.sum(tf.mul(values, tf.reshape(weight, [weight.shape[0], ...rest.map(() => 1)])), 0);
}

const measured = (gradient: Tensor, measure: PerExample['measure']): Tensor =>
  measure === 'squares' ? tf.square(gradient) : tf.abs(gradient);

/** [batch, …positions, out] → [batch, out]: a bias acts at every position, so an example's gradient is the sum over them. */
export function biasGradients(g: Tensor): Tensor {
  const positions = g.shape.slice(1, -1).map((_, i) => i + 1);
  return positions.length > 0 ? tf.sum(g, positions) : g;
}

const ofBias = ({ measure, batch }: PerExample, g: Tensor): Tensor => weighted(measured(biasGradients(g), measure), batch);

/** Inputs and gradients of a layer → the shape of its kernel. */
function ofKernel({ measure, batch }: PerExample, a: Tensor, g: Tensor, use: KernelUse | undefined, shape: readonly number[]): Tensor {
  if (isOuter(a, use)) {
    const rows = tf.mul(measured(g, measure), tf.expandDims(batch.weight, 1));
    return tf.matMul(measured(a, measure) as Tensor2D, rows as Tensor2D, true, false);
  }
  return tf.reshape(weighted(measured(kernelGradients(a, g, use, shape), measure), batch), [...shape]);
}

/** Whether a kernel acts once on an example, whose gradient is then one outer product. */
export const isOuter = (a: Tensor, use: KernelUse | undefined): boolean => use?.op !== 'conv2d' && a.rank === 2;

/** Inputs and gradients of a layer → the kernel's gradient for each example, summed over positions: [batch, in, out]. */
export function kernelGradients(a: Tensor, g: Tensor, use: KernelUse | undefined, shape: readonly number[]): Tensor {
  const seen = use?.op === 'conv2d' ? patchesOf(a as Tensor4D, shape, use) : a;
  const rows = a.shape[0]!;
  const inputs = tf.reshape(seen, [rows, -1, seen.shape.at(-1)!]);
  const outputs = tf.reshape(g, [rows, -1, g.shape.at(-1)!]);
  return tf.matMul(inputs, outputs, true, false);
}

/** One backward pass a row: right for any model. */
function oneByOne(work: PerExample): NamedTensorMap {
  const rows = rowGradients(work).map(({ gradients, weight }) =>
    map((g) => tf.mul(measured(g, work.measure), tf.reshape(weight, [])), gradients),
  );
  return rows.reduce((sum, row) => zip(tf.add, sum, row));
}

/** The gradient of the loss of each row, and its weight. */
export function rowGradients({
  batch,
  loss,
  parameters,
  pass,
}: Examples): { readonly gradients: NamedTensorMap; readonly weight: Tensor }[] {
  return Array.from({ length: batch.weight.shape[0] }, (_, n) => {
    const row = mapTree(
      (tensor) => tf.slice(tensor, [n, ...tensor.shape.slice(1).map(() => 0)], [1, ...tensor.shape.slice(1)]),
      batch,
    ) as Batch;
    const { gradients } = valueAndGradients(
      (p) => ({ loss: tf.sum(loss(pass(row.x, p, { training: false }).outputs, row)), aux: null }),
      parameters,
    );
    return { gradients, weight: row.weight };
  });
}
