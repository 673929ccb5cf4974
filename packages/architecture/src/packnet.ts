import {
  checkInteger,
  checkKnown,
  checkNumber,
  defineStrategy,
  type GraphContext,
  indicator,
  type ModelInfo,
  map,
  named,
  pick,
} from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refuseWithout, shareOf, trunkWeights } from './weights.js';

export interface PacknetOptions {
  /** Share of a task's own weights that is freed after its training, in each layer, [0, 1). Default 0.75. */
  readonly prune?: number;
  /** Share of a task's steps that follow the pruning, (0, 1). Default 1/3. */
  readonly retrain?: number;
  /** Number of tasks, where it is known: the last of them is not pruned. */
  readonly tasks?: number;
}

/** Who owns each weight. 0: nobody. k: the k-th task that was learned, from 1. */
type Owners = NamedTensorMap;

/**
 * PackNet: one network holds several tasks, each in weights of its own. A task takes all free weights, trains them beside the frozen
 * ones of earlier tasks, gives the smallest back and retrains the rest. Outputs of earlier tasks stay as they are, bit for bit.
 *
 * Mallya & Lazebnik, "PackNet: adding multiple tasks to a single network by iterative pruning", CVPR 2018, arXiv 1711.05769. Weights are
 * the trunk's parameters of two axes and more. Biases, gains and running statistics are frozen from the first pruning on; the classifier's columns
 * belong to their task. Keeps one number a weight. A task needs two steps or more. The paper's optimizers begin anew with each
 * stage: `slots: 'reset'`.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the task is not known at test time, or without weights.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'task', slots: 'reset', strategy: packnet({ prune: 0.5 }) })
 */
export function packnet(options: PacknetOptions = {}) {
  checkKnown('packnet', options, ['prune', 'retrain', 'tasks']);
  const { prune = 0.75, retrain = 1 / 3, tasks = Infinity } = options;
  checkNumber('packnet', 'prune', prune, { min: 0, below: 1 });
  checkNumber('packnet', 'retrain', retrain, { above: 0, below: 1 });
  checkInteger('packnet', 'tasks', tasks, { min: 1, infinite: true });

  /** Whether all but the task's own weights is closed: from the first pruning on. */
  const isClosed = ({ stage }: GraphContext, own: number): boolean => own > 1 || (stage === 'retrain' && own < tasks);

  return defineStrategy({
    name: 'packnet',
    claims: ['architecture'],
    requires: ['task identity', 'boundaries', 'classes'],
    options: { prune, retrain, tasks: options.tasks ?? null },
    stages: [
      { name: 'train', share: 1 - retrain },
      { name: 'retrain', share: retrain },
    ],
    // The first task begins with everything.
    init: (info) => ({ owners: map(tf.onesLike, weightsOf(info)) as Owners, order: [] as readonly number[] }),

    beforeTask: ({ task }, { owners, order }) => ({ owners, order: [...order, task.index] }),

    beforeStage(ctx, { owners, order }) {
      const own = placeOf(ctx, order);
      if (ctx.stage === 'train') return { owners: map((owner) => tf.where(tf.equal(owner, 0), own, owner), owners), order };
      if (own >= tasks) return { owners, order };
      return { owners: map((owner, name) => pruned(named(ctx.parameters, name), owner, own, prune), owners), order };
    },

    /** A task sees the weights of the tasks up to its own. */
    effective(ctx, parameters, { owners, order }) {
      const place = placeOf(ctx, order);
      // While it trains, the last task has all that is free: no weight is without an owner.
      if (ctx.stage === 'train' && place === order.length) return parameters;
      return { ...parameters, ...map((owner, name) => tf.mul(named(parameters, name), seenBy(owner, place, order)), owners) };
    },

    updates(ctx, updates, { owners, order }) {
      const own = placeOf(ctx, order);
      const closed = isClosed(ctx, own);
      return map((update, name) => {
        if (ctx.head.has(name)) return tf.mul(update, indicator(ctx.task.classes, ctx.model.outputs));
        const owner = owners[name];
        if (!owner) return closed ? tf.zerosLike(update) : update;
        // Own weights move; freed ones go to 0, from where a later task takes them.
        const rest = tf.where(tf.greater(owner, 0), 0, tf.neg(named(ctx.parameters, name)));
        return tf.where(tf.equal(owner, own), update, rest);
      }, updates);
    },
    freezes: (ctx) => isClosed(ctx, ctx.past.length + 1),

    /** The share of the weights that some task owns, and of those that the task at hand sees. */
    measure: (ctx, { owners, order }) => ({
      used: shareOf(map((owner) => tf.greater(owner, 0), owners)),
      seen: shareOf(map((owner) => seenBy(owner, placeOf(ctx, order), order), owners)),
    }),
  });
}

/** What is divided among the tasks: kernels, not biases or gains. */
function weightsOf({ model, parameters }: ModelInfo): NamedTensorMap {
  const weights = trunkWeights(model);
  refuseWithout(weights, 'packnet', model);
  return pick(parameters, (name) => weights.includes(name));
}

/** As which task, counted from 1, the one at hand was learned. One that was not yet would be the next. */
function placeOf({ task }: GraphContext, order: readonly number[]): number {
  const place = order.indexOf(task.index);
  return (place < 0 ? order.length : place) + 1;
}

/** 1 where a weight belongs to a task up to that at `place`, else 0. No weight belongs to one after the last. */
function seenBy(owner: Tensor, place: number, order: readonly number[]): Tensor {
  const owned = tf.greater(owner, 0);
  return tf.cast(place < order.length ? tf.logicalAnd(owned, tf.lessEqual(owner, place)) : owned, 'float32');
}

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
