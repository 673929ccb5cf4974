import {
  type Batch,
  checkKnown,
  checkNumber,
  concatBatches,
  defineStrategy,
  gather,
  MEMORY_OPTIONS,
  type MemoryOptions,
  mapTree,
  memoryFactory,
  memorySize,
  type TensorTree,
} from '@cl/core';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface ReplayShareOptions extends MemoryOptions {
  /** Share of the rows of every batch that are old ones, [0, 1]. Where texts change little 0.05 is enough, else 0.25 (Ibrahim et al.). */
  readonly share: number;
}

/**
 * Replay at the same cost: a share of the rows of every batch are old ones, in the place of new ones, so that a step costs what it costs
 * without. How language models go on being pre-trained.
 *
 *     B = (1 − x) |B| rows of the task at hand + x |B| rows of tasks before it
 *
 * Ibrahim et al., "Simple and scalable strategies to continually pre-train large language models", TMLR 2024, arXiv 2403.08763 (compute-equivalent
 * replay): the same number of tokens in all, where rows have the same number. The last rows of the stream's batch give way, so in each epoch it
 * is others that are missed. Where x |B| is not whole, steps differ by a row, so that the share is right after every step. Keeps what its memory
 * keeps: `capacity: Infinity` draws from all that was learned. In the first task it does nothing.
 *
 * @throws CL_OPTION for options outside their ranges, and unless exactly one of `capacity`, `perClass`, `perTask` and `memory` is given.
 * @example new Learner({ model, objective: languageModel(), optimizer, scenario: 'domain', strategy: replayShare({ share: 0.05, capacity: Infinity }) })
 */
export function replayShare(options: ReplayShareOptions) {
  checkKnown('replayShare', options, [...MEMORY_OPTIONS, 'share']);
  const { share } = options;
  checkNumber('replayShare', 'share', share, { min: 0, max: 1 });
  const newMemory = memoryFactory('replayShare', options);

  return defineStrategy({
    name: 'replay-share',
    options: { ...memorySize(options), share },
    init: () => ({ memory: newMemory() }),

    feed(ctx, { memory }): { readonly drawn: Batch; readonly count: Scalar } | null {
      if (share === 0 || ctx.past.length === 0) return null;
      const most = Math.ceil(rounded(share * ctx.batchSize));
      const rows = memory.draw(ctx.random, most, (task) => task !== ctx.task.index);
      if (!rows) return null;
      const until = (steps: number) => Math.floor(rounded(share * ctx.batchSize * steps));
      const count = Math.min(until(ctx.step + 1) - until(ctx.step), rows.count);
      return { drawn: ctx.batch(rows, most), count: tf.scalar(count) };
    },

    /** Which rows of both batches, one after the other, make up the batch: in the place of its last ones, those that were drawn. */
    batch(_ctx, batch, _state, feed) {
      if (!feed) return batch;
      const size = batch.weight.shape[0];
      const end = tf.sum(batch.weight);
      const begin = tf.maximum(tf.sub(end, feed.count), 0);
      const places = tf.range(0, size);
      const gives = tf.logicalAnd(tf.greaterEqual(places, begin), tf.less(places, end));
      const sources = tf.cast(tf.where(gives, tf.add(tf.sub(places, begin), size), places), 'int32');
      return mapTree((rows) => gather(rows, sources), concatBatches(batch, feed.drawn) as TensorTree) as Batch;
    },

    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
}

/** Without what rounding has added: 0.1 · 30 is 3. */
const rounded = (value: number): number => Number(value.toPrecision(12));
