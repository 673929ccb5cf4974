import {
  type Batch,
  checkInteger,
  checkKnown,
  checkOneOf,
  concatBatches,
  defineStrategy,
  drawBatch,
  MEMORY_OPTIONS,
  type MemoryOptions,
  memoryFactory,
  memorySize,
} from '@cl/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface ReplayOptions extends MemoryOptions {
  /** Rows drawn for each step, at least 1; all, where the memory holds no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
  /** `all`: rows of the task at hand are replayed too, as they come in. `past`: only those of tasks before it. Default 'all'. */
  readonly from?: 'all' | 'past';
  /**
   * `rows`: each row of the joined batch weighs the same. `tasks`: the stream's rows weigh 1 / t and the replayed ones 1 − 1 / t in task
   * t, as each task so far should (van de Ven et al., 2022). Default 'rows'.
   */
  readonly weighting?: 'rows' | 'tasks';
}

/**
 * Experience replay: each step also trains on rows drawn from a memory of earlier examples.
 *
 *     L = mean of the cross-entropy over B ∪ M,   M ~ memory, drawn before B enters it
 *
 * Chaudhry et al., "On tiny episodic memories in continual learning", 2019, arXiv 1902.10486; reservoir sampling as in Buzzega et
 * al., NeurIPS 2020. Keeps `capacity` examples; a step costs as much as one with a batch larger by `batchSize`.
 *
 * @throws CL_OPTION unless exactly one of `capacity`, `perClass`, `perTask` and `memory` is given.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'class', strategy: replay({ capacity: 500 }) })
 */
export function replay(options: ReplayOptions) {
  checkKnown('replay', options, [...MEMORY_OPTIONS, 'batchSize', 'from', 'weighting']);
  const { batchSize, from = 'all', weighting = 'rows' } = options;
  const newMemory = memoryFactory('replay', options);
  if (batchSize !== undefined) checkInteger('replay', 'batchSize', batchSize, { min: 1 });
  checkOneOf('replay', 'from', from, ['all', 'past']);
  checkOneOf('replay', 'weighting', weighting, ['rows', 'tasks']);

  return defineStrategy({
    name: 'replay',
    options: { ...memorySize(options), batchSize: batchSize ?? null, from, weighting },
    init: () => ({ memory: newMemory() }),

    feed(ctx, { memory }): Batch | null {
      // In the first task, rows of the past are none, and rows that weigh 1 − 1 / t weigh nothing.
      if (ctx.past.length === 0 && (from === 'past' || weighting === 'tasks')) return null;
      const rows = Math.min(batchSize ?? ctx.batchSize, memory.capacity);
      return drawBatch(ctx, memory, rows, from === 'past' ? (task) => task !== ctx.task.index : undefined);
    },

    batch(ctx, batch, _state, drawn) {
      if (!drawn) return batch;
      const weighted = weighting === 'tasks' ? { ...drawn, weight: shareOf(ctx.past.length, batch, drawn) } : drawn;
      return concatBatches(batch, weighted);
    },

    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
}

/** Weights that give the replayed rows together `past` times what the stream's rows weigh together. */
const shareOf = (past: number, batch: Batch, drawn: Batch): Tensor1D =>
  tf.mul(drawn.weight, tf.div(tf.mul(past, tf.sum(batch.weight)), tf.sum(drawn.weight)));
