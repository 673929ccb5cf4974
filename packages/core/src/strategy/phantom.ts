import type { NamedTensorMap, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AtSite, KernelUse, Output } from '../model/model.js';
import { map, named, type TensorTree } from '../tree.js';
import type { Batch, ForwardOptions, RowLossFunction } from './context.js';
import { valueAndGradients } from './gradients.js';

/** A forward pass through every strategy's `effective` and `at`. `beneath` is called at every site before these. */
export type Pass = (x: TensorTree, parameters?: NamedTensorMap, options?: ForwardOptions & { readonly beneath?: AtSite }) => Output;

/**
 * The inputs of each layer, and the gradients of single examples: zeros are added to each pre-activation, as the layer makes it, before
 * any strategy's gate; the gradient of Σₙ ℓₙ by them has each example's own gradient in its row.
 */
export function phantomGradients(
  batch: Batch,
  loss: RowLossFunction,
  parameters: NamedTensorMap,
  pass: Pass,
): { readonly inputs: NamedTensorMap; readonly gradients: NamedTensorMap } {
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
  const rows = batch.weight.shape[0];
  return { inputs: map((value) => byRow(value, rows), inputs), gradients: map((value) => byRow(value, rows), gradients) };
}

/** [rows × positions, units], as models of sequences have it at their sites, as [rows, positions, units]. */
const byRow = (value: Tensor, rows: number): Tensor =>
  value.shape[0] === rows ? value : tf.reshape(value, [rows, -1, ...value.shape.slice(1)]);

/** Images [batch, height, width, channels] → what each output position of a convolution sees, [batch, positions, kernel height × width × channels]. */
export function patchesOf(x: Tensor4D, kernel: readonly number[], { strides, padding }: Extract<KernelUse, { op: 'conv2d' }>): Tensor {
  const [kernelHeight, kernelWidth] = kernel as [number, number];
  const [rows, columns] = [axis(x.shape[1], kernelHeight), axis(x.shape[2], kernelWidth)];
  function axis(length: number, size: number): { readonly out: number; readonly pad: [number, number] } {
    if (padding === 'valid') return { out: Math.floor((length - size) / strides) + 1, pad: [0, 0] };
    const out = Math.ceil(length / strides);
    const missing = Math.max((out - 1) * strides + size - length, 0);
    return { out, pad: [Math.floor(missing / 2), missing - Math.floor(missing / 2)] };
  }
  const padded = tf.pad(x, [[0, 0], rows.pad, columns.pad, [0, 0]]) as Tensor4D;
  const seen: Tensor[] = [];
  for (let i = 0; i < kernelHeight; i++) {
    for (let j = 0; j < kernelWidth; j++) {
      const end = [x.shape[0], i + (rows.out - 1) * strides + 1, j + (columns.out - 1) * strides + 1, x.shape[3]];
      seen.push(tf.stridedSlice(padded, [0, i, j, 0], end, [1, strides, strides, 1]));
    }
  }
  return tf.reshape(tf.concat(seen, 3), [x.shape[0], rows.out * columns.out, -1]);
}
