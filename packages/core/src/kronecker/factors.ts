import type { NamedTensorMap, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, GraphContext, KroneckerFactors, RowLossFunction } from '../strategy/context.js';
import { type Pass, patchesOf, phantomGradients } from '../strategy/phantom.js';
import { named } from '../tree.js';
import type { MatrixLayer } from './layers.js';

/**
 * Both factors of each layer, summed over the rows of a batch. A layer that acts at several positions of a row (a convolution, a layer on
 * tokens) sums ā āᵀ over them and takes the mean of g gᵀ (Grosse & Martens, "A Kronecker-factored approximate Fisher matrix for
 * convolution layers", ICML 2016, arXiv 1602.01407).
 */
export function kroneckerFactors(
  layers: readonly MatrixLayer[],
  batch: Batch,
  loss: RowLossFunction,
  parameters: NamedTensorMap,
  pass: Pass,
): KroneckerFactors {
  const { inputs, gradients } = phantomGradients(batch, loss, parameters, pass);
  return Object.fromEntries(
    layers.map((layer) => {
      const g = byPosition(named(gradients, layer.preactivation));
      const output = tf.div(products(g, batch), g.shape[1]!) as Tensor2D;
      return [layer.name, { input: products(unitInputs(layer, named(inputs, layer.input)), batch), output }];
    }),
  );
}

/** Σ w ā āᵀ of each layer alone, [inputs, inputs], by the layers' names: one forward pass. */
export function inputFactors(ctx: GraphContext, layers: readonly MatrixLayer[], batch: Batch): { readonly [layer: string]: Tensor2D } {
  const seen = layerInputs(ctx, layers, batch);
  return Object.fromEntries(layers.map(({ name }) => [name, products(named(seen, name), batch)]));
}

/** What the units of each layer see at each position, [batch, positions, inputs], by the layers' names: one forward pass. */
export function layerInputs(ctx: GraphContext, layers: readonly MatrixLayer[], batch: Batch): NamedTensorMap {
  const seen: Record<string, Tensor> = {};
  ctx.forward(batch.x, ctx.parameters, {
    training: false,
    at: (site, value) => {
      if (site.kind === 'input') seen[site.name] = value;
      return value;
    },
  });
  return Object.fromEntries(layers.map((layer) => [layer.name, unitInputs(layer, named(seen, layer.input))]));
}

/** What a layer's units see at each position, [batch, positions, inputs]; a constant 1 for the bias. */
function unitInputs({ use, kernelShape, bias }: MatrixLayer, a: Tensor): Tensor {
  const values = use.op === 'conv2d' ? patchesOf(a as Tensor4D, kernelShape, use) : byPosition(a);
  return bias === null ? values : tf.concat([values, tf.ones([...values.shape.slice(0, -1), 1])], -1);
}

/** [batch, …positions, units] → [batch, positions, units]. */
const byPosition = (x: Tensor): Tensor => tf.reshape(x, [x.shape[0]!, -1, x.shape.at(-1)!]);

/** [batch, positions, units] → Σ w x xᵀ, [units, units], over rows and positions. */
function products(x: Tensor, { weight }: Batch): Tensor2D {
  const units = x.shape[2]!;
  const weighted = tf.mul(x, tf.reshape(weight, [-1, 1, 1]));
  return tf.matMul(tf.reshape(weighted, [-1, units]) as Tensor2D, tf.reshape(x, [-1, units]) as Tensor2D, true, false);
}
