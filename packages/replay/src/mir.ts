import {
  type Batch,
  checkInteger,
  checkKnown,
  checkOneOf,
  concatBatches,
  defineStrategy,
  drawBatch,
  gather,
  MEMORY_OPTIONS,
  type MemoryOptions,
  mapTree,
  memoryFactory,
  memorySize,
  zip,
} from '@cl/core';
import type { NamedTensorMap, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface MirOptions extends MemoryOptions {
  /** Rows replayed in each step, at least 1; all, where the memory holds no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
  /** Rows drawn for each step to choose those from, at least `batchSize`. Default five times as many, as in the paper: 50 for 10. */
  readonly candidates?: number;
  /** `all`: rows of the task at hand are replayed too. `past`: only those of tasks before it, as in the authors' code. Default 'all'. */
  readonly from?: 'all' | 'past';
}

/**
 * Maximally interfered retrieval: replays, of a random sample of the memory, the rows that the coming step would harm most.
 *
 *     θᵛ = θ − rate · ∇L(θ; B)                   a step on the batch of the stream alone, which is not taken
 *     s(x) = ℓ(x; θᵛ) − ℓ(x; θ)                  for each of `candidates` rows from the memory
 *     L = mean over B ∪ {the `batchSize` rows of largest s}
 *
 * Aljundi, Belilovsky, Tuytelaars, Charlin, Caccia, Lin & Page-Caccia, "Online continual learning with maximally interfered retrieval",
 * NeurIPS 2019, arXiv 1908.04742, algorithm 1 (ER-MIR). Keeps `capacity` examples; beside a step on both batches, it costs a forward and a
 * backward pass on the batch of the stream and two forward passes on `candidates` rows.
 *
 * @throws CL_OPTION unless exactly one of `capacity`, `perClass`, `perTask` and `memory` is given.
 * @example new Learner({ model, optimizer: sgd(0.05), scenario: 'class', strategy: mir({ capacity: 500 }) })
 */
export function mir(options: MirOptions) {
  checkKnown('mir', options, [...MEMORY_OPTIONS, 'batchSize', 'candidates', 'from']);
  const { batchSize, candidates, from = 'all' } = options;
  const newMemory = memoryFactory('mir', options);
  if (batchSize !== undefined) checkInteger('mir', 'batchSize', batchSize, { min: 1 });
  if (candidates !== undefined) checkInteger('mir', 'candidates', candidates, { min: batchSize ?? 1 });
  checkOneOf('mir', 'from', from, ['all', 'past']);

  return defineStrategy({
    name: 'mir',
    options: { ...memorySize(options), batchSize: batchSize ?? null, candidates: candidates ?? null, from },
    init: () => ({ memory: newMemory() }),

    feed(ctx, { memory }): Batch | null {
      const rows = Math.min(candidates ?? 5 * (batchSize ?? ctx.batchSize), memory.capacity);
      return drawBatch(ctx, memory, rows, from === 'past' ? (task) => task !== ctx.task.index : undefined);
    },

    batch(ctx, batch, _state, drawn) {
      if (!drawn) return batch;
      const ahead = zip((p, g) => tf.sub(p, tf.mul(ctx.learningRate!, g)), ctx.parameters, ctx.gradientsOf(batch));
      // Without dropout, whose masks would hide the difference.
      const losses = (at: NamedTensorMap) => ctx.rowLosses(ctx.forward(drawn.x, at, { training: false }), drawn);
      const interference = tf.sub(losses(ahead), losses(ctx.parameters)) as Tensor1D;
      return concatBatches(batch, largest(drawn, interference, batchSize ?? ctx.batchSize));
    },

    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
}

/** The `count` rows of a batch with the largest scores; padding only where there is nothing else. */
function largest(batch: Batch, scores: Tensor1D, count: number): Batch {
  const real = tf.where(tf.greater(batch.weight, 0), scores, tf.fill(scores.shape, -Infinity));
  const { indices } = tf.topk(real, Math.min(count, real.size));
  return mapTree((column) => gather(column, indices), batch);
}
