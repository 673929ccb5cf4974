import {
  checkKnown,
  checkNumber,
  defineStrategy,
  fromMatrices,
  inputFactors,
  inverse,
  Matrix,
  type MatrixLayer,
  map,
  matMul,
  matrixLayers,
  matrixOf,
  named,
  tensorOf,
  toMatrices,
  zip,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasOutputsOfItsOwn } from './own-outputs.js';

export interface OwmOptions {
  /**
   * α > 0: how much of a direction that earlier tasks use is left, α / (α + its mean square). Default 0.001, as in the code of Kao et al.
   */
  readonly alpha?: number;
}

/** Kept for each layer: E[ā āᵀ], the mean over tasks, and what steps are projected by. */
interface Space {
  readonly covariance: NamedTensorMap;
  readonly projector: NamedTensorMap;
}

/**
 * Orthogonal weights modification: each layer's weights move only in directions in which the inputs of earlier tasks do not vary, so that
 * what it answered to these stays.
 *
 *     Δ W ← P Δ W,   P = α (A + α I)⁻¹,   A = mean over tasks of E[ā āᵀ]     (Zeng et al., Nature Machine Intelligence 1, 2019)
 *
 * ā: what a unit sees, with a 1 for the bias. The first task is trained as it is. Keeps inputs² numbers a layer, twice; a step costs one
 * product of matrices a layer more, a task one forward pass over its data and one inverse a layer. Outputs that no other task has
 * (scenario 'task') are trained as they are.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the model has other parameters than those of dense and
 *   convolutional layers.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'domain', strategy: owm({ alpha: 0.001 }) })
 */
export function owm(options: OwmOptions = {}) {
  checkKnown('owm', options, ['alpha']);
  const { alpha = 1e-3 } = options;
  checkNumber('owm', 'alpha', alpha, { above: 0 });

  return defineStrategy({
    name: 'owm',
    options: { alpha },
    claims: ['direction', 'layers'],
    requires: ['boundaries', 'sites'],
    init({ model }) {
      matrixLayers(model, 'owm');
      return { space: null as Space | null };
    },

    updates(ctx, updates, { space }) {
      if (!space) return updates;
      const layers = matrixLayers(ctx.model, 'owm').filter(({ kernel }) => !(ctx.head.has(kernel) && hasOutputsOfItsOwn(ctx)));
      const projected = map(
        (step, name) => matMul(named(space.projector, name) as Tensor2D, step as Tensor2D),
        toMatrices(layers, updates),
      );
      return { ...updates, ...fromMatrices(layers, projected) };
    },

    scan: {
      start: (ctx) => ({ products: nothing(matrixLayers(ctx.model, 'owm')), rows: tf.scalar(0) }),
      add: (ctx, { products, rows }, batch) => ({
        products: zip(tf.add, products, inputFactors(ctx, matrixLayers(ctx.model, 'owm'), batch)),
        rows: tf.add(rows, tf.sum(batch.weight)) as Scalar,
      }),
    },

    afterTask(ctx, { space }, { products, rows }) {
      const own = map((sum) => tf.div(sum, rows), products);
      const learned = ctx.past.length;
      const covariance = space ? zip((mean, now) => tf.add(mean, tf.div(tf.sub(now, mean), learned + 1)), space.covariance, own) : own;
      return { space: { covariance, projector: map((each) => tensorOf(projectorOf(matrixOf(each), alpha)), covariance) } };
    },
  });
}

const nothing = (layers: readonly MatrixLayer[]): NamedTensorMap =>
  Object.fromEntries(layers.map(({ name, inputs }) => [name, tf.zeros([inputs, inputs])]));

/** α (A + α I)⁻¹: almost 1 in directions that A does not have, almost 0 in those that it has. */
const projectorOf = (covariance: Matrix, alpha: number): Matrix =>
  inverse(Matrix.add(covariance, Matrix.eye(covariance.rows, covariance.rows).mul(alpha))).mul(alpha);
