import {
  ContinualLearningError,
  competingLogits,
  conv2d,
  dense,
  type GraphContext,
  indicator,
  type KernelUse,
  type Model,
  named,
  oneHot,
  type Task,
  type TensorTree,
  total,
  valueAndGradients,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { held } from './straight-through.js';

export type Objective = 'entropy' | 'G';

/** Masks of several tasks, 1 and 0, by kernel. */
type Masks = readonly NamedTensorMap[];

export interface InferenceOptions {
  /** Whether the tasks in question are halved until one is left, or one is taken at once. */
  readonly halving: boolean;
  readonly objective: Objective;
  /** The tasks whose masks they are. */
  readonly tasks: readonly Task[];
}

/** For each row, 1 for the task whose mask it calls for, else 0: [rows, tasks]. */
export function infer(ctx: GraphContext, x: TensorTree, masks: Masks, { halving, objective, tasks }: InferenceOptions): Tensor2D {
  const rows = rowsOf(x);
  let left = tf.ones([rows, masks.length]) as Tensor2D;
  for (let count = masks.length; count > 1; ) {
    const slopes = slopesOf(ctx, x, masks, tf.div(left, count), objective, tasks);
    count = halving ? Math.ceil(count / 2) : 1;
    left = smallest(slopes, left, count);
  }
  return left;
}

/** ∂ objective of a row / ∂α of each mask, where the row sees the weights through Σ α M: [rows, tasks]. */
export function slopesOf(
  ctx: GraphContext,
  x: TensorTree,
  masks: Masks,
  alphas: Tensor2D,
  objective: Objective,
  tasks: readonly Task[],
): Tensor2D {
  const { gradients } = valueAndGradients(
    (at) => ({ loss: tf.sum(objectives[objective](mixed(ctx, x, masks, named(at, 'alphas')), tasks)) as Scalar, aux: null }),
    { alphas },
  );
  return named(gradients, 'alphas') as Tensor2D;
}

/** Of the entries that are left, the `count` smallest slopes of each row. */
export function smallest(slopes: Tensor2D, left: Tensor2D, count: number): Tensor2D {
  const among = tf.where(tf.greater(left, 0), tf.neg(slopes), Number.NEGATIVE_INFINITY);
  const { indices } = tf.topk(among, count);
  return tf.sum(oneHot(indices, slopes.shape[1]), 1);
}

/** Outputs of each row by its own mixture of masks; those that are no classes of its task lie far below the others. */
export function outputsThrough(ctx: GraphContext, x: TensorTree, masks: Masks, alphas: Tensor2D, tasks: readonly Task[]): Tensor {
  const { outputs } = ctx.model;
  const classes = tasks.map((task) => (task.classes.length > 0 ? indicator(task.classes, outputs) : Array(outputs).fill(1)));
  return competingLogits(mixed(ctx, x, masks, alphas), { competing: tf.matMul(alphas, tf.tensor2d(classes)) as Tensor2D });
}

const objectives: Record<Objective, (outputs: Tensor, tasks: readonly Task[]) => Tensor> = {
  entropy: (outputs) => tf.neg(tf.sum(tf.mul(tf.softmax(outputs), tf.logSoftmax(outputs)), 1)),
  G(outputs, tasks) {
    const real = indicator(
      tasks.flatMap((task) => task.classes),
      outputs.shape.at(-1)!,
    );
    if (!real.includes(0)) {
      throw new ContinualLearningError(
        'CL_REQUIREMENT',
        `'supsup' with objective 'G' tells tasks apart by outputs that no class has; the model's ${real.length} outputs all have one. Give it more outputs, or use objective 'entropy'.`,
      );
    }
    return tf.logSumExp(tf.add(tf.mul(held(outputs), real), tf.mul(outputs, tf.sub(1, real))), 1);
  },
};

/**
 * Outputs where each row sees the weights through its own mixture of masks. A layer is linear in its kernel, so its pre-activation is the
 * mixture of those that the masks make, and the gradient by the mixture is exact for each row.
 */
export function mixed(ctx: GraphContext, x: TensorTree, masks: Masks, alphas: Tensor): Tensor {
  const inputs: { [kernel: string]: Tensor } = {};
  const shares = tf.split(alphas, masks.length, 1);
  return ctx.forward(x, ctx.parameters, {
    at(site, value) {
      for (const kernel of site.feeds ?? []) inputs[kernel] = value;
      const kernel = site.kind === 'preactivation' ? site.fedBy?.find((name) => name in masks[0]!) : undefined;
      if (!kernel) return value;
      const weights = named(ctx.parameters, kernel);
      const { use } = ctx.model.parameters[kernel]!;
      return total(
        masks.map((mask, i) => {
          const part = linear(named(inputs, kernel), tf.mul(weights, named(mask, kernel)), use!);
          return tf.mul(part, tf.reshape(shares[i]!, [-1, ...part.shape.slice(1).map(() => 1)]));
        }),
      );
    },
  });
}

const linear = (x: Tensor, kernel: Tensor, use: KernelUse): Tensor =>
  use.op === 'dense' ? dense(x, kernel as Tensor2D) : conv2d(x as Tensor4D, kernel as Tensor4D, use.strides, use.padding);

const rowsOf = (x: TensorTree): number => (x instanceof tf.Tensor ? x : Object.values(x as NamedTensorMap)[0]!).shape[0]!;

/** Throws CL_REQUIREMENT where the layers that use these kernels cannot be made anew. */
export function checkMixable({ name, parameters, sites }: Model, kernels: readonly string[]): void {
  const unknown = kernels.find(
    (kernel) =>
      !parameters[kernel]!.use ||
      !sites.some(({ feeds }) => feeds?.includes(kernel)) ||
      !sites.some(({ kind, fedBy }) => kind === 'preactivation' && fedBy?.includes(kernel)),
  );
  if (unknown === undefined) return;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `'supsup' infers the task by what layers do with their kernels; '${name}' does not say how it uses '${unknown}'. Use a model of @cl/models, or scenario 'task'.`,
  );
}
