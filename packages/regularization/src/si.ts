import { checkBoolean, checkKnown, checkNumber, checkOneOf, defineStrategy, map, type StepResult, zip } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { fallen } from './path-integral.js';
import { pull } from './pull.js';

export interface SiOptions {
  /** Weight of the penalty, c ≥ 0. Default 0.1, the authors' for Permuted-MNIST; must be searched for each network and data set. */
  readonly c?: number;
  /** Damping, ξ > 0: bounds the importance of parameters that hardly moved. Default 0.1, the authors' for Permuted-MNIST. */
  readonly xi?: number;
  /**
   * Whose gradient is integrated. `task`: that of the task's loss, as in the paper. `total`: that of the whole loss, penalty included, as
   * in van de Ven's code. Default 'task'.
   */
  readonly gradient?: 'task' | 'total';
  /** Whether negative importance becomes 0, as in the authors' code; van de Ven's and Mammoth's keep it. Default true. */
  readonly relu?: boolean;
}

/** ω of the task at hand, Ω of the tasks before it, and where the task began. */
type State = { readonly path: NamedTensorMap; readonly importance: NamedTensorMap | null; readonly anchor: NamedTensorMap };

/**
 * Synaptic intelligence: what a parameter contributed to the fall of the loss, along its way through a task, is how firmly it is held after.
 *
 *     ω ← ω − g Δθ                        at each step, g: the gradient of the task's loss, Δθ: what was really added
 *     Ω ← max(0, Ω + ω / ((θ − θ̃)² + ξ)),  ω ← 0,  θ̃ ← θ        after a task      (eqs. 3 and 5)
 *     L(θ) = L_t(θ) + c Σᵢ Ωᵢ (θᵢ − θ̃ᵢ)²                                          (eq. 4)
 *
 * Zenke, Poole & Ganguli, "Continual learning through synaptic intelligence", ICML 2017, arXiv 1703.04200. Keeps three numbers a parameter
 * and needs no pass over the data; a step costs a few elementwise passes. Only beside a strategy whose term looks at the network's outputs
 * (LwF, say) does the gradient of the task alone cost a second backward pass; `gradient: 'total'` never does.
 *
 * A step of plain gradient descent is stable only where rate × c × the largest Ω stays below 1.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'domain', strategy: si({ c: 0.1 }) })
 */
export function si(options: SiOptions = {}) {
  checkKnown('si', options, ['c', 'xi', 'gradient', 'relu']);
  const { c = 0.1, xi = 0.1, gradient = 'task', relu = true } = options;
  checkNumber('si', 'c', c, { min: 0 });
  checkNumber('si', 'xi', xi, { above: 0 });
  checkOneOf('si', 'gradient', gradient, ['task', 'total']);
  checkBoolean('si', 'relu', relu);

  const integrated = ({ gradients, taskGradients }: StepResult) => (gradient === 'task' ? taskGradients() : gradients);

  return defineStrategy({
    name: 'si',
    options: { c, xi, gradient, relu },
    requires: ['boundaries'],
    init: ({ parameters }): State => ({ path: map(tf.zerosLike, parameters), importance: null, anchor: parameters }),

    // Outputs may have been added since the last task ended.
    beforeTask: (ctx, state) => ({ ...state, anchor: ctx.parameters }),

    loss: (ctx, _forward, { importance, anchor }) => importance && (tf.mul(2 * c, pull(ctx.parameters, anchor, importance)) as Scalar),

    track: (_ctx, result, state) => ({ ...state, path: zip(tf.add, state.path, fallen(integrated(result), result)) }),

    afterTask(ctx, { path, importance, anchor }): State {
      const distances = zip(tf.squaredDifference, ctx.parameters, anchor);
      const gained = zip((contributed, distance) => tf.div(contributed, tf.add(distance, xi)), path, distances);
      const sum = importance ? zip(tf.add, importance, gained) : gained;
      return { path: map(tf.zerosLike, path), importance: relu ? map(tf.relu, sum) : sum, anchor: ctx.parameters };
    },
  });
}
