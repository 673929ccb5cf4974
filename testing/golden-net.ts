import type { NamedTensorMap, TensorLike } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  column,
  dataset,
  Learner,
  type LearnerOptions,
  type LearnOptions,
  type Model,
  type Scenario,
  type StepProgress,
  sgd,
  type TaskData,
} from '../packages/core/src/index.js';
import { mlp } from '../packages/models/src/index.js';
import { type Nested, taken } from './watched.js';

/** A multi-layer perceptron as golden files describe it: sizes of the input and the hidden layers, outputs of each head. */
export interface Arch {
  readonly sizes: readonly number[];
  readonly heads: readonly number[];
}

/** By the names of golden files: 'dense0/kernel', 'head0/bias'. */
export type Weights = Readonly<Record<string, Nested>>;

export interface GoldenTask {
  /** Rows of any one shape. */
  readonly x: readonly Nested[];
  /** From 0 in every head. */
  readonly y: readonly number[];
}

/** The network, all of its heads side by side in one output layer. */
export function goldenModel({ sizes: [inputs, ...hidden], heads }: Arch): Model {
  return mlp({ inputs: inputs!, hidden, outputs: heads.reduce((sum, size) => sum + size) });
}

/** Weights by the names of our model: the columns of 'head/kernel' are those of 'head0/kernel', 'head1/kernel', …, in order. */
export function joined(weights: Weights): Weights {
  const [trunk, heads] = [true, false].map((inTrunk) => Object.entries(weights).filter(([name]) => !name.startsWith('head') === inTrunk));
  const parts = (kind: string) =>
    heads!
      .filter(([name]) => name.endsWith(`/${kind}`))
      .sort(([a], [b]) => headOf(a) - headOf(b))
      .map(([, values]) => values);
  const kernels = parts('kernel') as readonly (readonly (readonly number[])[])[];
  const biases = parts('bias') as readonly (readonly number[])[];
  return {
    ...Object.fromEntries(trunk!),
    ...(kernels.length > 0 && { 'head/kernel': kernels[0]!.map((_, row) => kernels.flatMap((kernel) => kernel[row]!)) }),
    ...(biases.length > 0 && { 'head/bias': biases.flat() }),
  };
}

const headOf = (name: string): number => Number(/^head(\d+)/.exec(name)![1]);

/** Weights as tensors, by the names of our model. */
export const goldenParameters = (weights: Weights): NamedTensorMap => tensorsOf(joined(weights));

/** Lists of numbers as tensors. */
export const tensorsOf = (weights: Weights): NamedTensorMap =>
  Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, tf.tensor(values as TensorLike)]));

/** Several heads are tasks that are known at test time; of one head all outputs compete. */
export const goldenScenario = ({ heads }: Arch): Scenario => (heads.length > 1 ? 'task' : 'domain');

/** Tasks whose rows come in the same order in every epoch; labels become columns of the joined output layer. */
export function goldenTasks({ heads }: Arch, tasks: readonly GoldenTask[]): TaskData[] {
  return tasks.map((task, index) => {
    const head = heads.length > 1 ? index : 0;
    const first = heads.slice(0, head).reduce((sum, size) => sum + size, 0);
    return goldenTask(
      index,
      Array.from({ length: heads[head]! }, (_, c) => first + c),
      task,
      first,
    );
  });
}

/** One task. `first` is added to the labels. */
export function goldenTask(index: number, classes: readonly number[], { x, y }: GoldenTask, first = 0): TaskData {
  const data = dataset(
    column(Float32Array.from(flat(x)), shapeOf(x[0]!)),
    column(
      Int32Array.from(y, (label) => first + label),
      [],
    ),
  );
  return { index, name: `task ${index + 1}`, classes, train: data, test: data, ordered: true };
}

const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));
const shapeOf = (values: Nested): number[] => (typeof values === 'number' ? [] : [values.length, ...shapeOf(values[0]!)]);

/** What is seen of a run: the loss of each step, and the weights after each task. */
/** What runs by plain gradient descent have in common, for `runTasks`. */
export const goldenRun = (
  { arch, initialWeights, learningRate }: { readonly arch: Arch; readonly initialWeights: Weights; readonly learningRate: number },
  run: Pick<LearnerOptions, 'strategy' | 'compiler'>,
) => ({ ...run, arch, weights: initialWeights, optimizer: sgd(learningRate), scenario: goldenScenario(arch) });

export interface Run {
  readonly losses: number[];
  readonly weights: Weights;
}

/**
 * Learns tasks one after another from given weights. `learn` may depend on the task, and stop it by a signal; `step` sees what each
 * step left behind.
 */
export async function runTasks(
  options: Omit<LearnerOptions, 'model' | 'parameters'> & { readonly arch: Arch; readonly weights: Weights },
  tasks: readonly TaskData[],
  learn: (task: number) => LearnOptions,
  seen: { step?(learner: Learner, progress: StepProgress): void; end?(learner: Learner): void } = {},
): Promise<Run[]> {
  const { arch, weights, ...rest } = options;
  const parameters = goldenParameters(weights);
  const learner = new Learner({ ...rest, model: goldenModel(arch), parameters });
  tf.dispose(parameters);
  const runs: Run[] = [];
  try {
    for (const task of tasks) {
      const losses: number[] = [];
      const onStep = (progress: StepProgress) => {
        losses.push(progress.loss);
        seen.step?.(learner, progress);
      };
      const options = learn(task.index);
      await learner.learn(task, { ...options, onStep }).catch((error) => {
        if (!options.signal?.aborted) throw error;
      });
      runs.push({ losses, weights: taken(learner.parameters()) });
    }
    seen.end?.(learner);
  } finally {
    learner.dispose();
  }
  return runs;
}
