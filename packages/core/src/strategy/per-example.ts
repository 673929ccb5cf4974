import type { NamedTensorMap, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AtSite, KernelUse, Model, Output } from '../model/model.js';
import { map, mapTree, named, type TensorTree, zip } from '../tree.js';
import type { Batch, ForwardOptions, RowLossFunction } from './context.js';
import { valueAndGradients } from './gradients.js';

/** A forward pass through every strategy's `effective` and `at`. `beneath` is called at every site before these. */
export type Pass = (x: TensorTree, parameters?: NamedTensorMap, options?: ForwardOptions & { readonly beneath?: AtSite }) => Output;

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
 * Zeros are added to each pre-activation; the gradient of Σₙ ℓₙ by them has each example's own gradient in its row. With the
 * layer's inputs a and these gradients g, example n's gradient of a kernel is aₙᵀgₙ, of which only the sum over n of the measure
 * is formed: for a dense layer (a²)ᵀ(g²) or |a|ᵀ|g|, one product for the whole batch. Layers that do not tell how they use
 * their kernels take one backward pass per row.
 */
export function perExample(work: PerExample): NamedTensorMap {
  const { model, parameters } = work;
  const rules = work.exact ? rulesOf(model) : new Map<string, Rule>();
  if (Object.keys(parameters).some((name) => !rules.has(name))) return oneByOne(work);

  const { inputs, gradients } = phantomGradients(work);
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

/** The inputs of each layer, and the gradient of Σ row losses by its pre-activation: as the layer makes it, before any strategy's gate. */
function phantomGradients({ batch, loss, parameters, pass }: PerExample): { inputs: NamedTensorMap; gradients: NamedTensorMap } {
  const shapes: Record<string, number[]> = {};
  pass(batch.x, parameters, {
    training: false,
    beneath: (site, value) => {
      if (site.kind === 'preactivation') shapes[site.name] = value.shape;
      return value;
    },
  });
  const zeros = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tf.zeros(shape)]));
  const { aux: inputs, gradients } = valueAndGradients((phantoms) => {
    // After every strategy's gate: what the layer really gets. From the same pass, so that gates that draw have drawn once.
    const seen: Record<string, Tensor> = {};
    const { outputs } = pass(batch.x, parameters, {
      training: false,
      beneath: (site, value) => (site.kind === 'preactivation' ? tf.add(value, named(phantoms, site.name)) : value),
      at: (site, value) => {
        if (site.kind === 'input') seen[site.name] = value;
        return value;
      },
    });
    return { loss: tf.sum(loss(outputs, batch)), aux: seen };
  }, zeros);
  return { inputs, gradients };
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
    const patches = patchesOf(a as Tensor4D, g.shape as number[], shape, use);
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

/** Images [batch, height, width, channels] → what each output position of a convolution sees, [batch, positions, kernel height × width × channels]. */
function patchesOf(
  x: Tensor4D,
  output: number[],
  kernel: readonly number[],
  { strides, padding }: Extract<KernelUse, { op: 'conv2d' }>,
): Tensor {
  const [kernelHeight, kernelWidth] = kernel as [number, number];
  const [, outHeight, outWidth] = output as [number, number, number];
  const missing = (out: number, size: number, length: number) =>
    padding === 'same' ? Math.max((out - 1) * strides + size - length, 0) : 0;
  const [rows, columns] = [missing(outHeight, kernelHeight, x.shape[1]), missing(outWidth, kernelWidth, x.shape[2])];
  const before = (pad: number): [number, number] => [Math.floor(pad / 2), pad - Math.floor(pad / 2)];
  const padded = tf.pad(x, [[0, 0], before(rows), before(columns), [0, 0]]) as Tensor4D;
  const seen: Tensor[] = [];
  for (let i = 0; i < kernelHeight; i++) {
    for (let j = 0; j < kernelWidth; j++) {
      const end = [x.shape[0], i + (outHeight - 1) * strides + 1, j + (outWidth - 1) * strides + 1, x.shape[3]];
      seen.push(tf.stridedSlice(padded, [0, i, j, 0], end, [1, strides, strides, 1]));
    }
  }
  return tf.reshape(tf.concat(seen, 3), [x.shape[0], outHeight * outWidth, -1]);
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
