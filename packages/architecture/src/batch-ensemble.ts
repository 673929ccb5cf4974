import { ContinualLearningError, checkKnown, checkNumber, defineStrategy, type Model, map, named, type ParameterSpec } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { placeOf } from './modules/place.js';

export interface BatchEnsembleOptions {
  /** Standard deviation of the vectors around 1 at the beginning, at least 0. Default 0: ones, as in the authors' layers. */
  readonly deviation?: number;
}

/**
 * BatchEnsemble, a member a task: all members share the kernels of the trunk, and each has two vectors for each of them, one for its inputs
 * and one for its outputs, beside biases and a classifier of its own. The shared kernels learn with the first task and then stay, so
 * earlier tasks keep their answers bit for bit, and a task costs little more than its vectors.
 *
 * Wen, Tran & Ba, "BatchEnsemble: an alternative approach to efficient ensemble and lifelong learning", ICLR 2020, arXiv 2002.06715,
 * equation 1 and section 3.3:
 *
 *   Wᵢ = W ∘ rᵢ sᵢᵀ,  y = ((x ∘ rᵢ) W) ∘ sᵢ + bᵢ
 *
 * W, r₁ and s₁ learn with the first task, rₜ, sₜ, bₜ and the classifier with task t. In convolutions r and s go over channels. What is trained
 * is their distance from 1: 'member1/dense0/kernel/r', 'member1/dense0/kernel/s', 'member1/dense0/bias', …; the first member's biases and
 * classifier have the model's own names. Keeps inputs + outputs numbers a kernel for each task, and its classifier.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the task is not known at test time, or without kernels in the trunk.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'task', strategy: batchEnsemble() })
 */
export function batchEnsemble(options: BatchEnsembleOptions = {}) {
  checkKnown('batchEnsemble', options, ['deviation']);
  const { deviation = 0 } = options;
  checkNumber('batchEnsemble', 'deviation', deviation, { min: 0 });

  return defineStrategy({
    name: 'batch-ensemble',
    claims: ['architecture', 'parameters'],
    requires: ['task identity', 'boundaries', 'classes'],
    options: { deviation },
    wrap: (model, tasks) => withMembers(model, { count: Math.max(tasks.length, 1), deviation }),
    init: () => ({ order: [] as readonly number[] }),
    beforeTask: ({ task }, { order }) => ({ order: [...order, task.index] }),

    effective({ task }, parameters, { order }) {
      const member = placeOf(task, order);
      // What the member has of its own stands in the place of the first one's.
      const own = map((parameter, name) => parameters[ofMember(member, name)] ?? parameter, parameters);
      const kernels = Object.keys(parameters).filter((name) => parameters[ofMember(member, `${name}/r`)]);
      const fast = (name: string) => ['r', 's'].map((part) => named(parameters, ofMember(member, `${name}/${part}`))) as [Tensor, Tensor];
      return { ...own, ...Object.fromEntries(kernels.map((name) => [name, times(named(parameters, name), ...fast(name))])) };
    },

    trains: ({ task }, parameter, { order }) => memberOf(parameter) === placeOf(task, order),
    freezes: ({ past }) => past.length > 0,
  });
}

const ofMember = (member: number, name: string): string => `member${member}/${name}`;

/** Which member a parameter belongs to; what all share is the first one's to train. */
const memberOf = (parameter: string): number => Number(/^member(\d+)\//.exec(parameter)?.[1] ?? 0);

/** W ∘ r sᵀ over the last two axes, of r and s less 1: a row of a kernel is multiplied by its r, a column by its s. */
const times = (kernel: Tensor, r: Tensor, s: Tensor): Tensor => tf.mul(tf.mul(kernel, tf.expandDims(tf.add(r, 1), 1)), tf.add(s, 1));

interface Members {
  readonly count: number;
  readonly deviation: number;
}

function withMembers(model: Model, members: Members): Model {
  const { count, deviation } = members;
  const kernels = kernelsOf(model);
  const shared = new Set(kernels);
  const added = Array.from({ length: count }, (_, member) => {
    const fast = kernels.flatMap((name): [string, ParameterSpec][] => {
      const [inputs, outputs] = model.parameters[name]!.shape.slice(-2) as [number, number];
      const initializer = deviation === 0 ? ('zeros' as const) : ({ name: 'normal', deviation } as const);
      return [
        [`${name}/r`, { shape: [inputs], role: 'trunk', initializer }],
        [`${name}/s`, { shape: [outputs], role: 'trunk', initializer }],
      ];
    });
    const own = member === 0 ? [] : Object.entries(model.parameters).filter(([name]) => !shared.has(name));
    return [...fast, ...own].map(([name, spec]) => [ofMember(member, name), spec] as const);
  });
  return {
    ...model,
    parameters: { ...model.parameters, ...Object.fromEntries(added.flat()) },
    ...(model.grow && { grow: (outputs: number) => withMembers(model.grow!(outputs), members) }),
  };
}

/** What is shared: the trunk's parameters of two axes and more. */
function kernelsOf({ name, parameters }: Model): readonly string[] {
  const kernels = Object.keys(parameters).filter((each) => parameters[each]!.role === 'trunk' && parameters[each]!.shape.length > 1);
  if (kernels.length > 0) return kernels;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `'batch-ensemble' shares the trunk's kernels among the tasks; '${name}' has none. Give it a hidden layer.`,
  );
}
