import { checkKnown, checkNumber, checkOneOf, defineStrategy, type GraphContext, indicator, map, named, pick } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { above, straightThrough } from './straight-through.js';
import { isScores, refuseWithout, scoresOf, shareOf, trunkWeights, withScores } from './weights.js';

export interface PiggybackOptions {
  /** `binary`: a task sees a weight or does not. `ternary`: it may also see it with the other sign. Default 'binary'. */
  readonly mask?: 'binary' | 'ternary';
  /** τ ≥ 0: a weight is seen where its score is above. Default 0.005 (authors' code). */
  readonly threshold?: number;
  /** What all scores of a task begin with. Default 0.01 (authors' code): above the threshold, so that a task begins with all weights. */
  readonly start?: number;
  /**
   * Whose weights are masked. `first`: the first task trains the network plainly, without a mask. `given`: those that the learner was made
   * with, such as pre-trained ones; the first task gets a mask like all others. Default 'first'.
   */
  readonly backbone?: 'first' | 'given';
}

/** Masks of the tasks learned, by the task's number; of a task that has trained the backbone, none. */
type State = { readonly masks: { readonly [task: string]: NamedTensorMap } };

/**
 * Piggyback: the weights of one network are never changed; each task learns which of them it sees.
 *
 *     θ_seen = θ ⊙ b(m),   b(m) = 1 where m > τ, else 0,   ∂L/∂m := ∂L/∂θ_seen ⊙ θ      (straight through b)
 *
 * Mallya, Davis & Lazebnik, "Piggyback: adapting a single network to multiple tasks by learning to mask weights", ECCV 2018,
 * arXiv 1801.06519. The masked weights are the trunk's parameters of two axes and more; biases, gains and running statistics are those of
 * the backbone. The classifier's columns belong to their task and are trained. Outputs of earlier tasks stay as they are, bit for bit.
 * Keeps a bit a weight and task, in a byte (ternary: four). The optimizer begins anew with each task; the authors use Adam, rate 1e-4.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the task is not known at test time, or without weights.
 * @example new Learner({ model, parameters, optimizer: adam(1e-4), scenario: 'task', strategy: piggyback({ backbone: 'given' }) })
 */
export function piggyback(options: PiggybackOptions = {}) {
  checkKnown('piggyback', options, ['mask', 'threshold', 'start', 'backbone']);
  const { mask = 'binary', threshold = 0.005, start = 0.01, backbone = 'first' } = options;
  checkOneOf('piggyback', 'mask', mask, ['binary', 'ternary']);
  checkNumber('piggyback', 'threshold', threshold, { min: 0 });
  checkNumber('piggyback', 'start', start);
  checkOneOf('piggyback', 'backbone', backbone, ['first', 'given']);

  /** b(m). The ternary one is not symmetric, as in the authors' code: −1 below 0, not below −τ. */
  const seen = (scores: Tensor): Tensor =>
    mask === 'binary' ? above(scores, threshold) : tf.sub(above(scores, threshold), tf.cast(tf.less(scores, 0), 'float32'));
  const trainsBackbone = ({ masks }: State) => backbone === 'first' && Object.keys(masks).length === 0;

  return defineStrategy({
    name: 'piggyback',
    claims: ['architecture', 'parameters'],
    requires: ['task identity', 'boundaries', 'classes'],
    options: { mask, threshold, start, backbone },

    wrap: (model) => withScores(model, trunkWeights(model)),
    init({ model }): State {
      refuseWithout(trunkWeights(model), 'piggyback', model);
      return { masks: {} };
    },

    restart: (_ctx, parameters) => map((values, name) => (isScores(name) ? tf.fill(values.shape, start) : values), parameters),

    effective(ctx, parameters, state) {
      const kernels = pick(parameters, (name) => scoresOf(name) in parameters);
      const own = state.masks[ctx.task.index];
      if (own) return { ...parameters, ...map((values, name) => (own[name] ? tf.mul(values, asNumbers(own[name])) : values), kernels) };
      if (trainsBackbone(state)) return parameters;
      return {
        ...parameters,
        ...map((values, name) => tf.mul(values, straightThrough(named(parameters, scoresOf(name)), seen)), kernels),
      };
    },

    trains: ({ head }, name, state) => head.has(name) || isScores(name) !== trainsBackbone(state),
    updates: (ctx, updates) =>
      map((update, name) => (ctx.head.has(name) ? tf.mul(update, indicator(ctx.task.classes, ctx.model.outputs)) : update), updates),
    freezes: ({ past }) => backbone === 'given' || past.length > 0,

    afterTask(ctx, state): State {
      const own = trainsBackbone(state) ? {} : masksOf(ctx, (scores) => tf.cast(seen(scores), mask === 'binary' ? 'bool' : 'int32'));
      return { masks: { ...state.masks, [ctx.task.index]: own } };
    },

    /** The share of the backbone's weights that the task sees. */
    measure(ctx, state) {
      const all = masksOf(ctx, trainsBackbone(state) ? tf.onesLike : seen);
      return { seen: shareOf({ ...(state.masks[ctx.task.index] ? map(tf.onesLike, all) : all), ...state.masks[ctx.task.index] }) };
    },
  });
}

/** What `f` makes of the scores of each kernel. */
const masksOf = ({ model, parameters }: GraphContext, f: (scores: Tensor) => Tensor): NamedTensorMap =>
  Object.fromEntries(trunkWeights(model).map((name) => [name, f(named(parameters, scoresOf(name)))]));

const asNumbers = (mask: Tensor): Tensor => tf.cast(mask, 'float32');
