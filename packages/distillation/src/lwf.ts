import {
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  distillation,
  type GraphContext,
  indicator,
  map,
  oldSoftmaxes,
} from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface LwfOptions {
  /** Weight of the old outputs, λₒ ≥ 0: for each task learned before or, where classes compete, for all of them together. Default 1. */
  readonly lambda?: number;
  /** Temperature T > 0. Default 2. */
  readonly temperature?: number;
  /**
   * Where all classes compete: whether the student's softmax runs over the old classes only (`restricted`, as in LwF.MC) or over the new
   * ones too, whose targets are 0 (`full`, as in van de Ven et al.). Default 'restricted'.
   */
  readonly softmax?: 'restricted' | 'full';
  /**
   * Share of a later task's steps in which only its own outputs are trained, [0, 1). The paper does so until they converge; most
   * implementations, the ones that we compare with among them, do not. Default 0.
   */
  readonly warmup?: number;
}

/**
 * Learning without forgetting: on the new task's own inputs, the old outputs are held where the old network had them.
 *
 *     L = L_new + λₒ Σ_old CE(softmax(z_old / T), softmax(z / T))     (Li & Hoiem, ECCV 2016, arXiv 1606.09282)
 *
 * One softmax for each old task where tasks are known; one over all old classes, of weight λₒ, where classes compete; one over the
 * outputs where they are shared, which weighs as much as all old tasks (van de Ven et al., 2022). Keeps a copy of the last task's
 * parameters and no data; a step costs one more forward pass.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'task', strategy: lwf() })
 */
export function lwf(options: LwfOptions = {}) {
  checkKnown('lwf', options, ['lambda', 'temperature', 'softmax', 'warmup']);
  const { lambda = 1, temperature = 2, softmax = 'restricted', warmup = 0 } = options;
  checkNumber('lwf', 'lambda', lambda, { min: 0 });
  checkNumber('lwf', 'temperature', temperature, { above: 0 });
  checkOneOf('lwf', 'softmax', softmax, ['restricted', 'full']);
  checkNumber('lwf', 'warmup', warmup, { min: 0, below: 1 });

  return defineStrategy({
    name: 'lwf',
    options: { lambda, temperature, softmax, warmup },
    requires: ['boundaries'],
    init: () => ({ teacher: null as NamedTensorMap | null }),

    loss(ctx, { batch, outputs }, { teacher }) {
      if (!teacher) return null;
      const old = ctx.forward(batch.x, teacher, { training: false });
      const term = distillation(outputs, old, batch.weight, { temperature, ...oldSoftmaxes(ctx, softmax) });
      // Outputs that all tasks share stand for each of them.
      const weight = ctx.scenario === 'domain' ? lambda * ctx.past.length : lambda;
      return tf.mul(weight, term) as Scalar;
    },

    afterTask: (ctx) => ({ teacher: ctx.parameters }),

    ...(warmup > 0 && {
      stages: [
        { name: 'warmup', share: warmup },
        { name: 'joint', share: 1 - warmup },
      ],
      updates: (ctx: GraphContext, updates: NamedTensorMap) =>
        ctx.stage === 'warmup' && ctx.past.length > 0 ? ofNewOutputs(ctx, updates) : updates,
    }),
  });
}

/** Everything but the task's own outputs stays. */
function ofNewOutputs({ head, task, model }: GraphContext, updates: NamedTensorMap): NamedTensorMap {
  const own = indicator(task.classes, model.outputs);
  return map((update, name) => (head.has(name) ? tf.mul(update, own) : tf.zerosLike(update)), updates);
}
