import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { matMul } from '../ops/linear.js';
import { named, total } from '../tree.js';
import { biasGradients, type Examples, isOuter, kernelGradients, rowGradients, rulesOf } from './per-example.js';
import { phantomGradients } from './phantom.js';

/**
 * Inner products of the gradients of a batch's rows with one another, ⟨∂ℓₘ/∂θ, ∂ℓₙ/∂θ⟩: [batch, batch].
 *
 * With a dense layer's inputs a and the gradients g of single examples by its pre-activation, example n's gradient of the kernel is aₙᵀgₙ,
 * so two of them have the product (aₘ·aₙ)(gₘ·gₙ), and the whole batch has AAᵀ ∘ GGᵀ: no gradient of a single row is ever formed. Of
 * convolutions they are. Layers that do not tell how they use their kernels take one backward pass per row.
 */
export function gradientProducts(work: Examples): Tensor2D {
  const rules = rulesOf(work);
  if (!rules) {
    const rows = rowGradients(work).map(({ gradients }) => tf.concat(Object.values(gradients).map((g) => tf.reshape(g, [-1]))));
    return products(tf.stack(rows));
  }
  const { inputs, gradients } = phantomGradients(work.batch, work.loss, work.parameters, work.pass);
  const parts = Object.entries(work.parameters).map(([name, { shape }]) => {
    const { output, input, use } = rules.get(name)!;
    const g = named(gradients, output);
    if (input === undefined) return products(biasGradients(g));
    const a = named(inputs, input);
    return isOuter(a, use) ? tf.mul(products(a), products(g)) : products(kernelGradients(a, g, use, shape));
  });
  return total(parts) as Tensor2D;
}

/** [batch, …] → [batch, batch] */
function products(rows: Tensor): Tensor2D {
  const flat = tf.reshape(rows, [rows.shape[0]!, -1]) as Tensor2D;
  return matMul(flat, flat, { transposeB: true });
}
