import { checkInteger, checkKnown, checkNumber, defineStrategy, type GraphContext, indicator, map, named, pick } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface PacknetOptions {
  /** Share of a task's own weights that is freed after its training, in each layer, [0, 1). Default 0.75. */
  readonly prune?: number;
  /** Share of a task's steps that follow the pruning, (0, 1). Default 1/3. */
  readonly retrain?: number;
  /** Number of tasks, where it is known: the last of them is not pruned. */
  readonly tasks?: number;
}

/** 0: free. k: owned by task k, counted from 1. */
type Owners = NamedTensorMap;

/**
 * PackNet: one network holds several tasks, each in weights of its own. A task takes all free weights, trains them beside the frozen
 * ones of earlier tasks, gives the smallest back and retrains the rest. Outputs of earlier tasks stay as they are, bit for bit.
 *
 * Mallya & Lazebnik, "PackNet: adding multiple tasks to a single network by iterative pruning", CVPR 2018, arXiv 1711.05769. Biases
 * and the like are frozen from the first pruning on; the classifier's columns belong to their task. Keeps one number a weight.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the task is not known at test time.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'task', slots: 'reset', strategy: packnet({ prune: 0.5 }) })
 */
export function packnet(options: PacknetOptions = {}) {
  checkKnown('packnet', options, ['prune', 'retrain', 'tasks']);
  const { prune = 0.75, retrain = 1 / 3, tasks } = options;
  checkNumber('packnet', 'prune', prune, { min: 0, below: 1 });
  checkNumber('packnet', 'retrain', retrain, { above: 0, below: 1 });
  if (tasks !== undefined) checkInteger('packnet', 'tasks', tasks, { min: 1 });

  return defineStrategy({
    name: 'packnet',
    claims: ['architecture'],
    requires: ['task identity', 'boundaries', 'classes'],
    options: { prune, retrain, tasks: tasks ?? null },
    stages: [
      { name: 'train', share: 1 - retrain },
      { name: 'retrain', share: retrain },
    ],
    init: ({ model, parameters }) => ({
      owners: map(
        tf.onesLike,
        pick(parameters, (name) => model.parameters[name]!.use !== undefined && model.parameters[name]!.role === 'trunk'),
      ) as Owners,
    }),

    beforeStage(ctx, { owners }) {
      const own = ctx.task.index + 1;
      if (ctx.stage === 'train') return { owners: map((owner) => tf.where(tf.equal(owner, 0), own, owner), owners) };
      if (own === tasks) return { owners };
      return { owners: map((owner, name) => pruned(named(ctx.parameters, name), owner, own, prune), owners) };
    },

    /** A task sees the weights of the tasks up to its own. */
    effective: (ctx, parameters, { owners }) => ({
      ...parameters,
      ...map((owner, name) => tf.mul(named(parameters, name), between(owner, 1, ctx.task.index + 1)), owners),
    }),

    updates: (ctx, updates, { owners }) =>
      map((update, name) => {
        if (ctx.head.has(name)) return tf.mul(update, indicator(ctx.task.classes, ctx.model.outputs));
        const owner = owners[name];
        if (!owner) return isFrozen(ctx) ? tf.zerosLike(update) : update;
        // Own weights move; freed ones go to 0, from where a later task takes them.
        const moves = tf.mul(update, between(owner, ctx.task.index + 1, ctx.task.index + 1));
        return tf.sub(moves, tf.mul(named(ctx.parameters, name), between(owner, 0, 0)));
      }, updates),
  });
}

/** Biases and whatever else is not divided among the tasks: theirs until the first pruning. */
const isFrozen = ({ past, stage }: GraphContext): boolean => past.length > 0 || stage === 'retrain';

/** 1 where low ≤ owner ≤ high, else 0. */
const between = (owner: Tensor, low: number, high: number): Tensor =>
  tf.cast(tf.logicalAnd(tf.greaterEqual(owner, low), tf.lessEqual(owner, high)), 'float32');

/** Frees the smallest of a task's own weights in a layer: `share` of them, rounded half to even; ties with the largest of these too. */
function pruned(weights: Tensor, owner: Tensor, own: number, share: number): Tensor {
  const mine = tf.equal(owner, own);
  const sizes = tf.where(mine, tf.abs(weights), Number.POSITIVE_INFINITY);
  const ascending = tf.neg(tf.topk(tf.neg(tf.reshape(sizes, [-1])), sizes.size).values);
  const count = tf.round(tf.mul(share, tf.sum(tf.cast(mine, 'float32'))));
  // With none to free, the cut lies below every size.
  const cut = tf.gather(tf.concat([[-1], ascending]), tf.cast(count, 'int32'));
  return tf.where(tf.logicalAnd(mine, tf.lessEqual(sizes, cut)), 0, owner);
}
