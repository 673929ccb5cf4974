import { checkInteger, checkKnown, checkNumber, defineStrategy, map, named, zip } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { fallen } from './path-integral.js';
import { pull } from './pull.js';

export interface RwalkOptions {
  /** Weight of the penalty, λ ≥ 0. Default 0.1, Avalanche's for Split-MNIST; must be searched for each network and data set. */
  readonly lambda?: number;
  /** What the newest batch weighs in the running Fisher information, 0 < α ≤ 1. Default 0.9, the authors'. */
  readonly alpha?: number;
  /** Steps between two scores, Δt, at least 1. Default 10, Avalanche's for Split-MNIST. */
  readonly interval?: number;
  /** Damping, ε > 0: bounds the score of parameters that hardly moved. Default 0.001, the authors'. */
  readonly epsilon?: number;
}

/** The way since the last score: how far the loss has fallen along it, where it began, and how many steps it has. */
type Walk = { readonly path: NamedTensorMap; readonly start: NamedTensorMap; readonly steps: Scalar };

type State = {
  readonly fisher: NamedTensorMap;
  readonly walk: Walk;
  /** Scores of the task at hand, and the average over those before it. */
  readonly score: NamedTensorMap;
  readonly past: NamedTensorMap | null;
  readonly importance: NamedTensorMap | null;
  readonly anchor: NamedTensorMap;
};

/**
 * Riemannian walk: parameters are held by how much the answers depend on them (a running Fisher information) and by how much they
 * lowered the loss for each bit of distance between answers that they went.
 *
 *     F ← α g² + (1 − α) F                                        at each step, g: the gradient of the task's loss    (eq. 6)
 *     s ← s + max(0, ΔL / (½ F Δθ² + ε)),   ΔL = −Σ g δθ           every Δt steps, δθ: a step, Δθ: all of them         (eq. 7)
 *     s̄ ← ½ (s̄ + s)                                               after a task, s̄ = s after the first
 *     L(θ) = L_t(θ) + λ Σᵢ (Fᵢ / max F + s̄ᵢ / max s̄) (θᵢ − θ*ᵢ)²                                                     (eq. 8)
 *
 * Chaudhry et al., "Riemannian walk for incremental learning", ECCV 2018, arXiv 1801.10112, which adds a memory of examples where classes
 * compete: compose with `replay`. Keeps seven numbers a parameter and needs no pass over the data; a step costs some ten elementwise passes.
 *
 * A step of plain gradient descent is stable only where rate × λ stays below ½.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'task', strategy: rwalk({ lambda: 0.1 }) })
 */
export function rwalk(options: RwalkOptions = {}) {
  checkKnown('rwalk', options, ['lambda', 'alpha', 'interval', 'epsilon']);
  const { lambda = 0.1, alpha = 0.9, interval = 10, epsilon = 1e-3 } = options;
  checkNumber('rwalk', 'lambda', lambda, { min: 0 });
  checkNumber('rwalk', 'alpha', alpha, { above: 0, max: 1 });
  checkInteger('rwalk', 'interval', interval, { min: 1 });
  checkNumber('rwalk', 'epsilon', epsilon, { above: 0 });

  /** How much the loss has fallen for each unit of KL divergence, ½ F Δθ²; what made it rise has no score. */
  const scoreOf = ({ path, start }: Walk, end: NamedTensorMap, fisher: NamedTensorMap) =>
    map((contributed, name) => {
      const squared = tf.squaredDifference(named(end, name), named(start, name));
      return tf.relu(tf.div(contributed, tf.add(tf.mul(tf.mul(0.5, named(fisher, name)), squared), epsilon)));
    }, path);

  return defineStrategy({
    name: 'rwalk',
    options: { lambda, alpha, interval, epsilon },
    requires: ['boundaries'],
    init: ({ parameters }): State => {
      const zeros = map(tf.zerosLike, parameters);
      return { fisher: zeros, walk: walkFrom(parameters), score: zeros, past: null, importance: null, anchor: parameters };
    },

    // Outputs may have been added since the last task ended.
    beforeTask: (ctx, state): State => ({ ...state, walk: walkFrom(ctx.parameters), anchor: ctx.parameters }),

    loss: (ctx, _forward, { importance, anchor }) => importance && (tf.mul(2 * lambda, pull(ctx.parameters, anchor, importance)) as Scalar),

    track(ctx, { before, after, taskGradients }, state): State {
      const gradients = taskGradients();
      // The first batch has no average to join.
      const weight = tf.where(tf.equal(ctx.step, 0), 1, alpha);
      const fisher = zip((old, g) => tf.add(old, tf.mul(weight, tf.sub(tf.square(g), old))), state.fisher, gradients);

      const path = zip(tf.add, state.walk.path, fallen(gradients, { before, after }));
      const walk = { ...state.walk, path, steps: tf.add(state.walk.steps, 1) as Scalar };

      const due = tf.cast(tf.equal(walk.steps, interval), 'float32');
      const either = (then: Tensor, otherwise: Tensor) => tf.add(tf.mul(due, then), tf.mul(tf.sub(1, due), otherwise));
      return {
        ...state,
        fisher,
        score: zip((sum, own) => tf.add(sum, tf.mul(due, own)), state.score, scoreOf(walk, after, fisher)),
        walk: {
          path: map((contributed) => tf.mul(tf.sub(1, due), contributed), path),
          start: zip(either, after, walk.start),
          steps: tf.mul(tf.sub(1, due), walk.steps) as Scalar,
        },
      };
    },

    afterTask(ctx, { fisher, walk, score, past }): State {
      const whole = zip(tf.add, score, scoreOf(walk, ctx.parameters, fisher));
      const average = past ? zip((old, own) => tf.mul(0.5, tf.add(old, own)), past, whole) : whole;
      return {
        fisher,
        walk: walkFrom(ctx.parameters),
        score: map(tf.zerosLike, score),
        past: average,
        importance: zip(tf.add, normalised(fisher), normalised(average)),
        anchor: ctx.parameters,
      };
    },
  });
}

const walkFrom = (parameters: NamedTensorMap): Walk => ({ path: map(tf.zerosLike, parameters), start: parameters, steps: tf.scalar(0) });

/** Divided by the largest number in all of the network. */
function normalised(values: NamedTensorMap): NamedTensorMap {
  const largest = tf.max(tf.stack(Object.values(values).map((tensor) => tf.max(tensor))));
  return map((tensor) => tf.divNoNan(tensor, largest), values);
}
