import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import type { Compiler } from '../compiler/compiler.js';
import type { Model } from '../model/model.js';
import type { Objective } from '../objective/objective.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { Competing, Scenario, Task } from '../scenario/task.js';
import type { AnyStrategy } from '../strategy/conflicts.js';
import type { EarlyStopping, EarlyStoppingScores } from './early-stopping.js';

export interface LearnerOptions {
  readonly model: Model;
  readonly optimizer: Optimizer;
  /** What is known at test time; a stream says which is its own. */
  readonly scenario: Scenario;
  /**
   * Which outputs compete in scenario 'class', in training and in prediction: those of classes seen so far, or all from the beginning, as
   * where the number of classes is known ahead. With all, what has not come yet is pushed down, and comes back up when it comes. In the
   * other scenarios there is no choice. Default 'seen'.
   */
  readonly competing?: 'seen' | 'all';
  /** Default: `compose()`, plain fine-tuning. */
  readonly strategy?: AnyStrategy;
  /** Default: `classification()`. */
  readonly objective?: Objective;
  /** Of the initial parameters, the order of rows, replay and dropout. Default 0. */
  readonly seed?: number;
  /** Default: `eager()`; `graph()` of @cl/node makes a step one call. */
  readonly compiler?: Compiler;
  /** Initial parameters and running statistics, copied. Those that are not given are drawn by the model's initializers from the seed. */
  readonly parameters?: NamedTensorMap;
  /** What happens to the optimizer's running averages where a task or a stage begins. Default 'keep'. */
  readonly slots?: 'keep' | 'reset';
  /**
   * The longest that the gradients of a step may be, all together as one vector; longer ones are made so long. After micro-batches are added
   * up, and before strategies change gradients. Default: any length.
   */
  readonly clipNorm?: number;
}

export interface LearnOptions {
  /** Passes over the task's training data. Give this or `iterations`. Default 1. */
  readonly epochs?: number;
  /** Training steps on this task; the data are visited again as often as needed. */
  readonly iterations?: number;
  /** Rows a step. Default 32. */
  readonly batchSize?: number;
  /**
   * Micro-batches that a step takes its rows in, one after another, for less memory: the step is that of the batch as a whole, up to
   * rounding, but for loss terms that compare the rows of a batch with one another. A strategy's term that draws its own rows is computed
   * each time. Default 1.
   */
  readonly accumulate?: number;
  /** Stops between two steps; call `learn` again to go on from there. */
  readonly signal?: AbortSignal;
  /**
   * After each step. Training waits for a promise that it returns; a checkpoint may be saved here. 'enough' ends the task's training with this
   * step, and what comes after training follows. A learner that is saved before that goes on training.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most callbacks return nothing, and are written so.
  readonly onStep?: (progress: StepProgress) => void | 'enough' | Promise<void | 'enough'>;
  /**
   * Ends the task when a score has not risen for a while, and goes on with what the learner was when it was best: parameters, running statistics, the
   * optimizer's averages, what strategies followed up; memories keep what they have seen. `epochs` or `iterations` are the most that it takes
   * then. Of a strategy with stages the last one ends early. Default: the task takes all its steps, and the last counts.
   */
  readonly earlyStopping?: EarlyStopping;
}

export interface StepProgress {
  readonly task: Task;
  /** Steps taken on this task, from 1. */
  readonly iteration: number;
  /** Steps that this task takes. */
  readonly iterations: number;
  /** Steps taken over all tasks. */
  readonly step: number;
  /** The whole loss, every strategy's term included, before the step. */
  readonly loss: number;
}

export interface EvaluateOptions {
  /** Which outputs compete. Default: as in training. */
  readonly competing?: Competing;
  /** Which examples of a task. Default 'test'. */
  readonly on?: 'train' | 'validation' | 'test';
  /** Rows a call. Default 256. */
  readonly batchSize?: number;
}

/**
 * The loss and the objective's metrics, as means over the examples. There is no loss where a strategy predicts in its own way, nor where
 * classes of the task do not compete yet.
 */
export interface Evaluation {
  readonly examples: number;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly [metric: string]: number | undefined;
}

/** Where a learner stands; JSON. */
export interface Progress {
  /** Tasks learned, in order. */
  readonly learned: readonly Task[];
  /** The task whose training was begun and not finished. */
  readonly current: {
    readonly task: Task;
    readonly iteration: number;
    readonly iterations: number;
    readonly batchSize: number;
    readonly stages: { readonly [strategy: string]: string };
    /** Of early stopping, once there is one. */
    readonly scores?: EarlyStoppingScores;
  } | null;
  /** Training steps taken. */
  readonly step: number;
  /** Training steps since the optimizer's slots were new. */
  readonly slotStep: number;
}
