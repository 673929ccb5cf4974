import {
  type Batch,
  ContinualLearningError,
  checkInteger,
  checkKnown,
  defineStrategy,
  drawBatch,
  MEMORY_OPTIONS,
  type MemoryOptions,
  memoryFactory,
  memorySize,
  oneHot,
} from '@cl/core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface ErAceOptions extends MemoryOptions {
  /** Rows drawn for each step, at least 1; all, where the memory holds no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
}

/**
 * Experience replay with asymmetric cross-entropy: new examples are told apart from each other, and replayed ones from everything. So the
 * first of them do not push down the outputs of old classes, which they know nothing about.
 *
 *     L = CE(B; classes present in B) + CE(M; all classes seen),   M ~ memory, drawn before B enters it
 *
 * Caccia, Aljundi, Asadi, Tuytelaars, Pineau & Belilovsky, "New insights on reducing abrupt representation change in online continual
 * learning", ICLR 2022, arXiv 2203.03798, eq. 3; in the scenario 'task', the classes are those of a row's own task in both terms. Keeps
 * `capacity` examples; a step costs one more forward and backward pass, on `batchSize` rows.
 *
 * @throws CL_OPTION unless exactly one of `capacity`, `perClass`, `perTask` and `memory` is given; CL_SHAPE where targets are no class
 * numbers.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'class', strategy: erAce({ capacity: 500 }) })
 */
export function erAce(options: ErAceOptions) {
  checkKnown('erAce', options, [...MEMORY_OPTIONS, 'batchSize']);
  const { batchSize } = options;
  const newMemory = memoryFactory('erAce', options);
  if (batchSize !== undefined) checkInteger('erAce', 'batchSize', batchSize, { min: 1 });

  return defineStrategy({
    name: 'er-ace',
    options: { ...memorySize(options), batchSize: batchSize ?? null },
    init: () => ({ memory: newMemory() }),

    feed: (ctx, { memory }): Batch | null => drawBatch(ctx, memory, Math.min(batchSize ?? ctx.batchSize, memory.capacity)),

    batch(ctx, batch) {
      const present = presentIn(batch, ctx.model.outputs);
      const competing = batch.competing ?? tf.ones([batch.weight.shape[0], ctx.model.outputs]);
      return { ...batch, competing: tf.mul(competing, present) as Tensor2D };
    },

    loss: (ctx, _forward, _state, drawn) => drawn && ctx.loss(ctx.forward(drawn.x), drawn),

    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
}

/** 1 for each class that some row has, 0 elsewhere: [outputs]. Rows of padding have none. */
function presentIn({ y, weight }: Batch, outputs: number): Tensor1D {
  if (y.dtype !== 'int32' || y.rank !== 1) {
    throw new ContinualLearningError(
      'CL_SHAPE',
      `erAce: needs targets that are class numbers (int32, one a row), received ${y.dtype} of shape [${y.shape}].`,
    );
  }
  const labels = oneHot(y, outputs);
  return tf.max(tf.mul(labels, tf.expandDims(tf.sign(weight), 1)), 0);
}
