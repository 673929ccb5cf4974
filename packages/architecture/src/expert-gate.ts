import {
  ContinualLearningError,
  checkInteger,
  checkKnown,
  checkNumber,
  defineStrategy,
  type Model,
  pick,
  type Task,
  weightedMean,
} from '@cl/core';
import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { answering } from './modules/answering.js';
import { autoencoder } from './modules/autoencoder.js';
import { gated } from './modules/gated.js';
import { together } from './modules/members.js';
import { placeOf } from './modules/place.js';
import { prefixed } from './modules/prefixed.js';

export interface ExpertGateOptions {
  /** Units of each autoencoder, from 1; fewer than inputs. Default 100, as in the paper. */
  readonly hidden?: number;
  /** What the autoencoder's error counts beside the task's loss, above 0. Default 1. */
  readonly weight?: number;
}

/**
 * Expert Gate: each task gets a network of its own, the expert, and a small autoencoder of its inputs, the gate. Which expert an input
 * belongs to is not told but found: that of the autoencoder that rebuilds it best.
 *
 * Aljundi, Chakravarty & Tuytelaars, "Expert Gate: lifelong learning with a network of experts", CVPR 2017, arXiv 1611.06194:
 *
 *   ŷ(x) = expertₖ(x),  k = argminⱼ ‖x − autoencoderⱼ(x)‖²
 *
 * An expert answers only with the classes of its task. Both learn together; no gradient goes from one to the other. Earlier ones are frozen. Where
 * the task is known, its expert answers, and nobody asks the gates. Parameters: 'expert1/dense0/kernel', …, and 'gate0/encoder/kernel', …;
 * those of the first expert have the model's own names. Keeps an expert and an autoencoder a task.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT for a model of several inputs.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'class', strategy: expertGate({ hidden: 32 }) })
 */
export function expertGate(options: ExpertGateOptions = {}) {
  checkKnown('expertGate', options, ['hidden', 'weight']);
  const { hidden = 100, weight = 1 } = options;
  checkInteger('expertGate', 'hidden', hidden, { min: 1 });
  checkNumber('expertGate', 'weight', weight, { above: 0 });

  return defineStrategy({
    name: 'expert-gate',
    claims: ['architecture', 'parameters'],
    requires: ['boundaries'],
    wants: ['task'],
    options: { hidden, weight },
    wrap: (model, tasks) => experts(model, tasks, hidden),
    init: () => ({ order: [] as readonly number[] }),
    beforeTask: ({ task }, { order }) => ({ order: [...order, task.index] }),

    /** The gates are seen only where they are asked. */
    effective({ task, scenario }, parameters, { order }) {
      const place = placeOf(task, order);
      return scenario === 'task' ? pick(parameters, (name) => !isGate(name) && partOf(name) === place) : parameters;
    },
    trains: ({ task }, parameter, { order }) => partOf(parameter) === placeOf(task, order),

    /** The error of the task's own autoencoder. */
    loss({ model, parameters, task }, { batch }, { order }) {
      const { outputs } = gateAt(model, hidden, placeOf(task, order)).apply(parameters, batch.x);
      return tf.mul(weight, weightedMean(tf.squeeze(outputs, [1]) as Tensor1D, batch.weight)) as Scalar;
    },
  });
}

/** With which task a parameter came, from 0. */
const partOf = (parameter: string): number => Number(/^(?:expert|gate)(\d+)\//.exec(parameter)?.[1] ?? 0);
const isGate = (parameter: string): boolean => parameter.startsWith('gate');

function gateAt({ name, inputs }: Model, hidden: number, k: number): Model {
  if (Array.isArray(inputs)) return prefixed(`gate${k}`, autoencoder({ inputs, hidden }));
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `'expert-gate' rebuilds the model's input; '${name}' has several. Use a model of one.`,
  );
}

function experts(model: Model, tasks: readonly Task[], hidden: number): Model {
  const count = Math.max(tasks.length, 1);
  const members = Array.from({ length: count }, (_, k) => {
    const expert = k === 0 ? model : prefixed(`expert${k}`, model);
    const classes = tasks[k]?.classes ?? [];
    return { gate: gateAt(model, hidden, k), expert: classes.length > 0 ? answering(expert, classes) : expert };
  });
  const all = members.map(({ expert }) => expert);
  const asked = gated(
    all,
    members.map(({ gate }) => gate),
  );
  return {
    ...model,
    ...together('expertGate', [...all, ...members.map(({ gate }) => gate)]),
    name: `${count} experts of ${model.name}`,
    apply(parameters, x, options) {
      const isThere = ({ parameters: own }: Model) => Object.keys(own).every((name) => parameters[name]);
      // In training the newest expert learns alone; where the task is known, only one of them is there.
      const one = options?.training || !isThere(asked) ? all.findLast(isThere)! : asked;
      return one.apply(parameters, x, options);
    },
    ...(model.grow && { grow: (outputs: number) => experts(model.grow!(outputs), tasks, hidden) }),
  };
}
