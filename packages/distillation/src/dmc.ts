import {
  type Batch,
  ContinualLearningError,
  checkColumns,
  checkKnown,
  checkNumber,
  type Dataset,
  defineStrategy,
  type GraphContext,
  indicator,
  oneHot,
  readRows,
  weightedMean,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface DmcOptions {
  /** Share of a task's steps, above 0 and below 1, in which old and new network are made one; those before train the new one. Default 0.5. */
  readonly consolidation?: number;
  /**
   * Inputs that they are made one on, as many a step as the stream has rows; labels are not looked at. They should look like
   * the classes, and need not be of them. Default: the task's own inputs, which say little about old classes.
   */
  readonly auxiliary?: Dataset;
}

/**
 * Deep model consolidation: a new network for the new classes, made one with the old one by double distillation.
 *
 *     L = mean over auxiliary rows of 1/t Σⱼ (zⱼ − ẑⱼ)²                  (Zhang et al., 2020, arXiv 1903.07864, equations 2 to 4)
 *     ẑⱼ = zⱼ(x; old) − mean over old classes,  for an old class j
 *     ẑⱼ = zⱼ(x; new) − mean over new classes,  for a new one
 *
 * z: logits; t: the number of classes, old and new. The new network begins as the old one and learns its own classes as if there were no
 * others; after that the two are equals, so that neither old nor new classes are favoured. Keeps a copy of the last task's parameters
 * and, while a task is consolidated, one of the new network's; a step of consolidation costs two or three more forward passes.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT in scenario 'domain', where both networks speak of the same outputs;
 * CL_SHAPE for auxiliary inputs that the model does not take.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'class', strategy: dmc({ auxiliary: unlabelled }) })
 */
export function dmc(options: DmcOptions = {}) {
  checkKnown('dmc', options, ['consolidation', 'auxiliary']);
  const { consolidation = 0.5, auxiliary } = options;
  checkNumber('dmc', 'consolidation', consolidation, { above: 0, below: 1 });
  if (auxiliary !== undefined) checkRows(auxiliary);

  return defineStrategy({
    name: 'dmc',
    requires: ['boundaries', 'classes'],
    options: { consolidation, auxiliary: auxiliary ? auxiliary.length : null },
    stages: [
      { name: 'learning', share: 1 - consolidation },
      { name: 'consolidation', share: consolidation },
    ],
    init({ scenario, model }) {
      if (scenario === 'domain') {
        throw new ContinualLearningError(
          'CL_REQUIREMENT',
          "'dmc' puts outputs of two networks side by side; in scenario 'domain' both have the same. Use scenario 'class' or 'task', or another strategy.",
        );
      }
      if (auxiliary) checkColumns('dmc({ auxiliary })', auxiliary.x, model);
      return { old: null as NamedTensorMap | null, fresh: null as NamedTensorMap | null };
    },

    beforeStage: (ctx, state) => (ctx.stage === 'consolidation' && state.old ? { ...state, fresh: ctx.parameters } : state),
    // While the new network learns, its classes are all there is; while the two are made one, labels have no rival, and say nothing.
    batch: (ctx, batch, { old, fresh }) => (old ? withRivals(ctx, batch, fresh ? 'none' : 'own') : batch),

    feed(ctx, { fresh }): Batch | null {
      if (!fresh || !auxiliary) return null;
      const count = Math.min(ctx.batchSize, auxiliary.length);
      return ctx.batch(readRows(auxiliary, ctx.random.sample(count, auxiliary.length), ctx.task.index));
    },

    loss(ctx, { batch, outputs: answers }, { old, fresh }, drawn) {
      if (!old || !fresh) return null;
      const { x, weight } = drawn ?? batch;
      const outputs = drawn ? ctx.forward(x) : answers;
      const teacher = (parameters: NamedTensorMap) => ctx.forward(x, parameters, { training: false });
      return doubleDistillation(ctx, outputs, { old: teacher(old), fresh: teacher(fresh) }, weight);
    },

    afterTask: (ctx) => ({ old: ctx.parameters, fresh: null }),
  });
}

/** Mean over rows of the mean squared distance to what both teachers say of their own classes. */
function doubleDistillation(
  { past, task, model }: GraphContext,
  outputs: Tensor,
  teachers: { readonly old: Tensor; readonly fresh: Tensor },
  weight: Tensor1D,
): Scalar {
  const [own, seen] = [
    indicator(task.classes, model.outputs),
    indicator(
      [...past, task].flatMap(({ classes }) => classes),
      model.outputs,
    ),
  ];
  const before = seen.map((one, c) => one - own[c]!);
  const wanted = tf.add(centred(teachers.old, before), centred(teachers.fresh, own));
  const distances = tf.sum(tf.square(tf.mul(tf.sub(outputs, wanted), seen)), -1);
  return tf.div(weightedMean(distances, weight), sum(seen)) as Scalar;
}

/** The logits of some outputs, less their mean in each row; 0 elsewhere. */
function centred(logits: Tensor, columns: readonly number[]): Tensor {
  const mean = tf.div(tf.sum(tf.mul(logits, columns as number[]), -1, true), Math.max(1, sum(columns)));
  return tf.mul(tf.sub(logits, mean), columns as number[]);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** What competes with the labels of the task's own rows; rows of other classes, that some memory brought, stay as they are. */
function withRivals({ task, model }: GraphContext, batch: Batch, rivals: 'own' | 'none'): Batch {
  const own = tf.tensor1d(indicator(task.classes, model.outputs));
  const label = oneHot(batch.y, model.outputs);
  const isOwn = tf.sum(tf.mul(label, own), 1, true);
  const among = rivals === 'own' ? own : label;
  const competing = batch.competing ?? tf.ones([batch.weight.shape[0], model.outputs]);
  return { ...batch, competing: tf.add(tf.mul(isOwn, among), tf.mul(tf.sub(1, isOwn), competing)) as Tensor2D };
}

function checkRows(auxiliary: Dataset): void {
  if (auxiliary?.x && auxiliary.y && auxiliary.length > 0) return;
  const received = JSON.stringify(auxiliary).replaceAll('"', "'");
  throw new ContinualLearningError(
    'CL_OPTION',
    `dmc({ auxiliary: ${received} }): expected a data set with at least one row, as dataset() makes it.`,
  );
}
