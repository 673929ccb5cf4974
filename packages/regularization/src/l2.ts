import { checkKnown, checkNumber, defineStrategy, map } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pull } from './pull.js';

export interface L2Options {
  /** Weight of the penalty, λ ≥ 0. Must be searched for each network and data set. */
  readonly lambda: number;
}

/**
 * A plain pull to where the last task left the parameters, as strong for one that mattered as for one that did not: the line that every
 * method with an importance of its own must beat.
 *
 *     L(θ) = L_t(θ) + λ/2 Σᵢ (θᵢ − θ*ᵢ)²       θ*: the parameters as the last task left them
 *
 * The baseline of Kirkpatrick et al. (PNAS 2017, arXiv 1612.00796, fig. 2) and of Hsu et al. (2018, arXiv 1810.12488). Keeps one number
 * a parameter; a step costs one elementwise pass over them.
 *
 * A step of plain gradient descent is stable only where rate × λ stays below 2.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'task', strategy: l2({ lambda: 1 }) })
 */
export function l2(options: L2Options) {
  checkKnown('l2', options, ['lambda']);
  const lambda = checkNumber('l2', 'lambda', options.lambda, { min: 0 });

  return defineStrategy({
    name: 'l2',
    options: { lambda },
    requires: ['boundaries'],
    init: () => ({ anchor: null as NamedTensorMap | null }),
    // Where a task begins rather than where one ends: outputs that were added in between are held where they begin.
    beforeTask: (ctx) => ({ anchor: ctx.past.length > 0 ? ctx.parameters : null }),
    loss: (ctx, _forward, { anchor }) =>
      anchor &&
      pull(
        ctx.parameters,
        anchor,
        map(() => tf.scalar(lambda), anchor),
      ),
  });
}
