import { type Batch, checkKnown, checkNumber, checkOneOf, defineStrategy, type GraphContext, map, total, zip } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pull } from './pull.js';

export interface MasOptions {
  /** Weight of the penalty, λ ≥ 0. Default 1, the authors'. */
  readonly lambda?: number;
  /**
   * Whose gradient's magnitude counts. `example`: each example's, as in the paper. `batch`: that of the sum over a batch, in which signs
   * cancel, as the authors' code has it where batches have more than one example. Default 'example'.
   */
  readonly per?: 'example' | 'batch';
}

/**
 * Memory aware synapses: how much the outputs change with a parameter, whatever the labels, is how firmly it is held after the task.
 *
 *     Ω_t = 1/N Σₙ |∂ ‖f(xₙ; θ)‖² / ∂θ|,    Ω ← Ω + Ω_t,  θ* ← θ        after a task, over its training rows      (eqs. 2, 3 and 5)
 *     L(θ) = L_t(θ) + λ Σᵢ Ωᵢ (θᵢ − θ*ᵢ)²                                                                       (eq. 4)
 *
 * f: the logits that compete for the task's rows. Aljundi et al., "Memory aware synapses: learning what (not) to forget", ECCV 2018, arXiv
 * 1711.09601. Keeps two numbers a parameter; takes one pass over a task's data after it, with gradients of single examples. Needs no labels.
 *
 * A step of plain gradient descent is stable only where rate × λ × the largest Ω stays below 1.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: sgd(0.01), scenario: 'task', strategy: mas({ lambda: 1 }) })
 */
export function mas(options: MasOptions = {}) {
  checkKnown('mas', options, ['lambda', 'per']);
  const { lambda = 1, per = 'example' } = options;
  checkNumber('mas', 'lambda', lambda, { min: 0 });
  checkOneOf('mas', 'per', per, ['example', 'batch']);

  const magnitudes = (ctx: GraphContext, batch: Batch): NamedTensorMap =>
    per === 'example' ? ctx.perExample('magnitudes', batch, squaredLengths) : map(tf.abs, ctx.gradientsOf(batch, sumOfSquaredLengths));

  return defineStrategy({
    name: 'mas',
    options: { lambda, per },
    requires: ['boundaries'],
    init: () => ({ importance: null as NamedTensorMap | null, anchor: null as NamedTensorMap | null }),

    loss: (ctx, _forward, { importance, anchor }) =>
      importance && anchor && (tf.mul(2 * lambda, pull(ctx.parameters, anchor, importance)) as Scalar),

    scan: {
      start: (ctx) => ({ sum: map(tf.zerosLike, ctx.parameters), rows: tf.scalar(0) }),
      add: (ctx, { sum, rows }, batch) => ({
        sum: zip(tf.add, sum, magnitudes(ctx, batch)),
        rows: total([rows, tf.sum(batch.weight) as Scalar]),
      }),
    },

    afterTask(ctx, { importance }, { sum, rows }) {
      const own = map((magnitude) => tf.div(magnitude, rows), sum);
      return { importance: importance ? zip(tf.add, importance, own) : own, anchor: ctx.parameters };
    },
  });
}

/** ‖f(xₙ)‖² for each row, over the outputs that compete for it: [batch]. */
function squaredLengths(outputs: Tensor, { competing }: Batch): Tensor1D {
  // Of tokens, [batch, sequence, outputs].
  const each = competing && outputs.rank > 2 ? tf.expandDims(competing, 1) : competing;
  const squares = tf.square(each ? tf.mul(outputs, each) : outputs);
  return tf.sum(tf.reshape(squares, [squares.shape[0]!, -1]), 1);
}

const sumOfSquaredLengths = (outputs: Tensor, batch: Batch) => tf.sum(tf.mul(squaredLengths(outputs, batch), batch.weight)) as Scalar;
