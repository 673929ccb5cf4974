import { checkKnown, checkNumber, checkOneOf, defineStrategy, type GraphContext, indicator, total } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { distillation } from './knowledge-distillation.js';

export interface LwfOptions {
  /** Weight of the old outputs, λₒ ≥ 0, for each task learned before. Default 1. */
  readonly lambda?: number;
  /** Temperature T > 0. Default 2. */
  readonly temperature?: number;
  /**
   * Where all classes compete: whether the student's softmax runs over the old classes only (`restricted`, as in LwF.MC) or over the new
   * ones too, whose targets are 0 (`full`, as in van de Ven et al.). Default 'restricted'.
   */
  readonly softmax?: 'restricted' | 'full';
}

/**
 * Learning without forgetting: on the new task's own inputs, the old outputs are held where the old network had them.
 *
 *     L = L_new + λₒ Σ_old CE(softmax(z_old / T), softmax(z / T))     (Li & Hoiem, ECCV 2016, arXiv 1606.09282)
 *
 * One softmax for each old task where tasks are known; one over all old classes, weighing as much as all old tasks, where classes
 * compete. Keeps a copy of the last task's parameters and no data; a step costs one more forward pass.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'task', strategy: lwf() })
 */
export function lwf(options: LwfOptions = {}) {
  checkKnown('lwf', options, ['lambda', 'temperature', 'softmax']);
  const { lambda = 1, temperature = 2, softmax = 'restricted' } = options;
  checkNumber('lwf', 'lambda', lambda, { min: 0 });
  checkNumber('lwf', 'temperature', temperature, { above: 0 });
  checkOneOf('lwf', 'softmax', softmax, ['restricted', 'full']);

  return defineStrategy({
    name: 'lwf',
    options: { lambda, temperature, softmax },
    requires: ['boundaries'],
    init: () => ({ teacher: null as NamedTensorMap | null }),

    loss(ctx, { batch, outputs }, { teacher }) {
      if (!teacher) return null;
      const old = ctx.forward(batch.x, teacher, { training: false });
      const studentColumns = softmax === 'full' ? indicator(ctx.competing, ctx.model.outputs) : undefined;
      const terms = oldHeads(ctx).map(({ classes, tasks }) => {
        const teacherColumns = indicator(classes, ctx.model.outputs);
        const loss = distillation(outputs, old, batch.weight, { temperature, teacherColumns, ...(ctx.scenario === 'class' && studentColumns && { studentColumns }) });
        return tf.mul(tasks, loss) as Scalar;
      });
      return tf.mul(lambda, total(terms)) as Scalar;
    },

    afterTask: (ctx) => ({ teacher: ctx.parameters }),
  });
}

/** The classes over which the old network's softmax runs, and how many tasks each softmax stands for. */
function oldHeads({ scenario, past, model }: GraphContext): readonly { readonly classes: readonly number[]; readonly tasks: number }[] {
  if (scenario === 'task') return past.map(({ classes }) => ({ classes, tasks: 1 }));
  const all = Array.from({ length: model.outputs }, (_, c) => c);
  return [{ classes: scenario === 'class' ? past.flatMap(({ classes }) => classes) : all, tasks: past.length }];
}
