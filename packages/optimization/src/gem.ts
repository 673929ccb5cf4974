import {
  type Batch,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  dot,
  type GraphContext,
  map,
  named,
  ring,
  zip,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { boundedQuadratic } from './quadratic-program.js';
import { asRow, asRows, combined, products } from './rows.js';

export interface GemOptions {
  /** Rows kept of each task, its last ones, at least 1. Each step takes a gradient on all of them. The paper has 256. */
  readonly perTask: number;
  /**
   * Least weight of each task's gradient in a step that is changed, at least 0. Above 0, such a step also goes some way down the loss
   * of all earlier tasks; 0: the nearest step that does no harm. Default 0.5, as in the paper's experiments.
   */
  readonly margin?: number;
  /** Added to the diagonal of the quadratic program, at least 0, which makes its solution unique. Default 0.001, as in the authors' code. */
  readonly epsilon?: number;
  /**
   * What is projected. `updates`: what is added to the parameters, so that the promise holds under every optimizer. `gradients`: as in
   * the paper, which uses plain SGD, where both are the same. Default 'updates'.
   */
  readonly on?: 'updates' | 'gradients';
}

/**
 * Gradient episodic memory: no step may, to first order, raise the loss on the stored examples of any earlier task.
 *
 *     g̃ = argmin ½ ‖g − g̃‖²   where ⟨g̃, gₖ⟩ ≥ 0 for each earlier task k       (Lopez-Paz & Ranzato, NeurIPS 2017, arXiv 1706.08840, eq. 8)
 *
 * by its dual, which has one variable a task: with the gradients gₖ as the rows of M,
 *
 *     v = argmin ½ vᵀ(MMᵀ + εI)v + (Mg)ᵀv   where v ≥ margin,      g̃ = g + Mᵀv       (eq. 11)
 *
 * A step that does no harm stays as it is. Keeps `perTask` rows of each task; a step costs one more backward pass for each earlier task.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'task', strategy: gem({ perTask: 256 }) })
 */
export function gem(options: GemOptions) {
  checkKnown('gem', options, ['perTask', 'margin', 'epsilon', 'on']);
  const { perTask, margin = 0.5, epsilon = 1e-3, on = 'updates' } = options;
  checkInteger('gem', 'perTask', perTask, { min: 1 });
  checkNumber('gem', 'margin', margin, { min: 0 });
  checkNumber('gem', 'epsilon', epsilon, { min: 0 });
  checkOneOf('gem', 'on', on, ['updates', 'gradients']);

  /** A step goes along an update and against a gradient. */
  const uphill = on === 'updates' ? -1 : 1;

  function project(
    ctx: GraphContext,
    step: NamedTensorMap,
    _state: unknown,
    memories: readonly Batch[] | null,
    gradients: NamedTensorMap = step,
  ): NamedTensorMap {
    if (!memories) return step;
    const past = memories.map((memory) => ctx.gradientsOf(memory));
    /** The gradients of earlier tasks. */
    const M = asRows(map((_, name) => tf.stack(past.map((gradient) => named(gradient, name))), step));
    const Mg = tf.reshape<tf.Rank.R1>(tf.mul(uphill, products(M, asRow(step))), [-1]);

    // The margin counts gradients; in an update, gradients as long as it is.
    const stretch = tf.sqrt(tf.divNoNan(dot(step, step), dot(gradients, gradients)));
    const P = tf.add(products(M, M), tf.mul(epsilon, tf.eye(past.length))) as Tensor2D;
    const v = boundedQuadratic(P, Mg, tf.mul(margin, stretch) as Scalar);
    const harmful = tf.cast(tf.any(tf.less(Mg, 0)), 'float32');
    const weights = tf.reshape(tf.mul(tf.mul(uphill, harmful), v), [1, -1]);
    return zip((part, added) => tf.add(part, tf.reshape(added, part.shape)), step, combined(weights, M));
  }

  return defineStrategy({
    name: 'gem',
    claims: ['direction'],
    requires: ['boundaries'],
    options: { perTask, margin, epsilon, on },
    init: () => ({ memory: ring({ perTask }) }),
    feed: (ctx, { memory }): readonly Batch[] | null => {
      const kept = ctx.past.map(({ index }) => memory.all((task) => task === index)).filter((rows) => rows !== null);
      return kept.length > 0 ? kept.map((rows) => ctx.batch(rows, perTask)) : null;
    },
    [on]: project,
    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
}
