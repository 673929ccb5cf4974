import {
  type Batch,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  classBalanced,
  defineStrategy,
  dot,
  drawBatch,
  type GraphContext,
  type Memory,
  map,
  readRows,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface GdumbOptions {
  /** Examples to keep, at least 1: each of n classes has capacity / n of them. */
  readonly capacity: number;
  /**
   * `restarts`: the optimizer's rate is multiplied by a tenth in the first pass over the memory, and from then on by half cosines that begin
   * anew after 1, 2, 4, … passes. `optimizer`: the rate is the optimizer's. Default 'restarts', as in the authors' code.
   */
  readonly schedule?: 'restarts' | 'optimizer';
  /** Lowest part of the rate in a half cosine, [0, 1]. Default 0.01, as in the authors' code: 0.0005 of 0.05. */
  readonly floor?: number;
  /** Longest gradient; longer ones are cut to it. Above 0. Default 10, as in the authors' code. */
  readonly clip?: number;
}

/** `start`: parameters that every training begins with. `begin`: the step at which this one did. */
type State = { readonly memory: Memory; readonly start: NamedTensorMap; readonly begin: Scalar };

/** Rows of the stream that the sampler looks at together. */
const CHUNK = 256;

/**
 * GDumb: a memory that holds as many examples of each class as of any other, and a network that is trained from scratch on nothing else.
 *
 * Prabhu, Torr & Dokania, "GDumb: a simple approach that questions our progress in continual learning", ECCV 2020. A line that any method
 * with a memory should be above. Where the paper trains a network when one is asked for, here it is when a task is learned: first the
 * sampler sees each of the task's examples once, then the learner's start values come back and the task's steps are all taken on draws
 * from the memory. So `epochs` and `iterations` say how long that network is trained, and evaluating after a task gives what the paper
 * measures. Keeps `capacity` examples and the parameters that the learner began with; a step costs a step.
 *
 * @throws CL_OPTION for options outside their ranges; CL_SHAPE where targets are no class numbers.
 * @example new Learner({ model, optimizer: momentum({ learningRate: 0.05, weightDecay: 1e-6 }), scenario: 'class', strategy: gdumb({ capacity: 500 }) })
 */
export function gdumb(options: GdumbOptions) {
  checkKnown('gdumb', options, ['capacity', 'schedule', 'floor', 'clip']);
  const { capacity, schedule = 'restarts', floor = 0.01, clip = 10 } = options;
  checkInteger('gdumb', 'capacity', capacity, { min: 1 });
  checkOneOf('gdumb', 'schedule', schedule, ['restarts', 'optimizer']);
  checkNumber('gdumb', 'floor', floor, { min: 0, max: 1 });
  checkNumber('gdumb', 'clip', clip, { above: 0 });

  return defineStrategy({
    name: 'gdumb',
    claims: ['architecture'],
    requires: ['boundaries'],
    options: { capacity, schedule, floor, clip },
    init: ({ parameters }): State => ({ memory: classBalanced({ capacity }), start: parameters, begin: tf.scalar(0) }),

    beforeTask({ examples, random, task, step }, { memory, start }) {
      const order = random.permutation(examples.length);
      for (let from = 0; from < order.length; from += CHUNK) {
        memory.add(readRows(examples, order.subarray(from, from + CHUNK), task.index), random);
      }
      return { memory, start, begin: step };
    },

    restart: (_ctx, _parameters, { start }) => start,

    feed: (ctx, { memory }): Batch | null => drawBatch(ctx, memory, Math.min(ctx.batchSize, memory.size)),

    /** What the stream brings has been looked at. */
    batch: (_ctx, batch, _state, drawn) => drawn ?? batch,

    gradients(_ctx, gradients) {
      const length = tf.sqrt(dot(gradients, gradients));
      const share = tf.minimum(1, tf.div(clip, tf.add(length, 1e-6)));
      return map((gradient) => tf.mul(gradient, share), gradients);
    },

    ...(schedule === 'restarts' && {
      updates(ctx: GraphContext, updates: NamedTensorMap, { memory, begin }: State, drawn: Batch | null) {
        const stepsOfPass = Math.ceil(memory.size / (drawn?.weight.size ?? 1));
        const share = restarts(tf.floor(tf.div(tf.sub(ctx.step, begin), stepsOfPass)), floor);
        return map((update) => tf.mul(update, share), updates);
      },
    }),
  });
}

/**
 * What a pass's rate is multiplied by: 0.1 in pass 0; then half a cosine from 1 down to `floor` over pass 1, one over passes 2 and 3, one over
 * passes 4 to 7, … (Loshchilov & Hutter, "SGDR", ICLR 2017, with T_0 = 1 and T_mult = 2).
 */
export function restarts(pass: Tensor, floor: number): Tensor {
  const counted = tf.maximum(pass, 1);
  // The cosine that pass p lies in begins with the highest power of 2 up to p. Logarithms of these are whole but for rounding.
  const begin = tf.pow(2, tf.floor(tf.add(tf.div(tf.log(counted), Math.LN2), 1e-4)));
  const wave = tf.div(tf.add(1, tf.cos(tf.mul(Math.PI, tf.sub(tf.div(counted, begin), 1)))), 2);
  return tf.where(tf.less(pass, 1), tf.scalar(0.1), tf.add(floor, tf.mul(1 - floor, wave)));
}
