import type { NamedTensorMap, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelUse, Model } from '../model/model.js';
import { map, mapTree, named, zip } from '../tree.js';
import type { Batch, RowLossFunction } from './context.js';
import { valueAndGradients } from './gradients.js';
import { type Pass, patchesOf, phantomGradients } from './phantom.js';

interface PerExample {
  readonly measure: 'squares' | 'magnitudes';
  readonly batch: Batch;
  readonly loss: RowLossFunction;
  readonly model: Model;
  readonly parameters: NamedTensorMap;
  readonly pass: Pass;
  /** False where the forward pass sees other parameters than these (masks on weights): then only the slow way is right. */
  readonly exact: boolean;
}

/**
 * Σₙ wₙ (∂ℓₙ/∂θ)² or Σₙ wₙ |∂ℓₙ/∂θ| over the rows of a batch.
 *
 * With a layer's inputs a and the gradients g of single examples by its pre-activation, example n's gradient of the kernel is aₙᵀgₙ, of
 * which only the sum over n of the measure is formed: for a dense layer (a²)ᵀ(g²) or |a|ᵀ|g|, one product for the whole batch. Layers
 * that do not tell how they use their kernels take one backward pass per row.
 */
export function perExample(work: PerExample): NamedTensorMap {
  const { model, parameters, batch, loss, pass } = work;
  const rules = work.exact ? rulesOf(model) : new Map<string, Rule>();
  if (Object.keys(parameters).some((name) => !rules.has(name))) return oneByOne(work);

  const { inputs, gradients } = phantomGradients(batch, loss, parameters, pass);
  return map((parameter, name) => {
    const rule = rules.get(name)!;
    const g = named(gradients, rule.output);
    return rule.input === undefined ? ofBias(work, g) : ofKernel(work, named(inputs, rule.input), g, rule.use, parameter.shape);
  }, parameters);
}

interface Rule {
  readonly output: string;
  readonly input?: string;
  readonly use?: KernelUse;
}

/** For each parameter, the site of its layer's pre-activation and, for kernels, of its inputs. */
function rulesOf(model: Model): Map<string, Rule> {
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
  return rules;
}

/** Weighted sum over rows: [batch, …] → […]. */
function weighted(values: Tensor, { weight }: Batch): Tensor {
  const rest = values.shape.slice(1);
  return tf.sum(tf.mul(values, tf.reshape(weight, [weight.shape[0], ...rest.map(() => 1)])), 0);
}

const measured = (gradient: Tensor, measure: PerExample['measure']): Tensor =>
  measure === 'squares' ? tf.square(gradient) : tf.abs(gradient);

/** [batch, …positions, out] → [out]. A bias acts at every position, so an example's gradient is the sum over them. */
function ofBias({ measure, batch }: PerExample, g: Tensor): Tensor {
  const positions = g.shape.slice(1, -1).map((_, i) => i + 1);
  return weighted(measured(positions.length > 0 ? tf.sum(g, positions) : g, measure), batch);
}

/** Inputs and gradients of a layer → the shape of its kernel. */
function ofKernel({ measure, batch }: PerExample, a: Tensor, g: Tensor, use: KernelUse | undefined, shape: readonly number[]): Tensor {
  if (use?.op === 'conv2d') {
    const patches = patchesOf(a as Tensor4D, shape, use);
    return tf.reshape(ofPositions(measure, batch, patches, g), [...shape]);
  }
  if (a.rank > 2) return ofPositions(measure, batch, a, g);
  const rows = tf.mul(measured(g, measure), tf.expandDims(batch.weight, 1));
  return tf.matMul(measured(a, measure) as Tensor2D, rows as Tensor2D, true, false);
}

/** Inputs [batch, positions, in] and gradients [batch, …positions, out] → [in, out]: summed over positions first, then measured. */
function ofPositions(measure: PerExample['measure'], batch: Batch, a: Tensor, g: Tensor): Tensor {
  const rows = batch.weight.shape[0];
  const inputs = tf.reshape(a, [rows, -1, a.shape.at(-1)!]);
  const outputs = tf.reshape(g, [rows, -1, g.shape.at(-1)!]);
  return weighted(measured(tf.matMul(inputs, outputs, true, false), measure), batch);
}

/** One backward pass a row: right for any model. */
function oneByOne({ measure, batch, loss, parameters, pass }: PerExample): NamedTensorMap {
  const rows = Array.from({ length: batch.weight.shape[0] }, (_, n) => {
    const row = mapTree(
      (tensor) => tf.slice(tensor, [n, ...tensor.shape.slice(1).map(() => 0)], [1, ...tensor.shape.slice(1)]),
      batch,
    ) as Batch;
    const { gradients } = valueAndGradients(
      (p) => ({ loss: tf.sum(loss(pass(row.x, p, { training: false }).outputs, row)), aux: null }),
      parameters,
    );
    return map((g) => tf.mul(measured(g, measure), tf.reshape(row.weight, [])), gradients);
  });
  return rows.reduce((sum, row) => zip(tf.add, sum, row));
}
