import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type CheckpointStore, parameterHash } from '../checkpoint/index.js';
import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import { checkKnown, checkList } from '../options.js';
import type { Scenario, Task, TaskData } from '../scenario/task.js';
import type { TensorTree } from '../tree.js';
import { Engine } from './engine.js';
import { evaluate, measure, predict } from './evaluate.js';
import { growState } from './grow.js';
import { learn } from './learn.js';
import type { EvaluateOptions, Evaluation, LearnerOptions, LearnOptions, Progress } from './options.js';
import { keepOnly, released } from './owned.js';
import { readCheckpoint, writeCheckpoint } from './saved.js';

/**
 * A model that goes on learning. It holds the parameters, the optimizer's averages and the strategy's state; `learn` trains it
 * on one task after another, and all of it can be saved after any step.
 *
 * @example
 * const learner = new Learner({
 *   model: mlp({ inputs: 784, hidden: [400, 400], outputs: 10 }), optimizer: adam(1e-3), scenario: stream.scenario,
 *   strategy: compose(ewc({ lambda: 100 }), replay({ capacity: 500 })), seed: 1,
 * });
 * for (const task of stream.tasks) await learner.learn(task, { epochs: 1, batchSize: 128 });
 */
export class Learner {
  readonly #engine: Engine;
  #learning = false;

  constructor(options: LearnerOptions) {
    this.#engine = new Engine(options);
  }

  /**
   * A learner as it was when it was saved. Give the options that it was made with; go on with `remaining`.
   *
   * @param name Which checkpoint. Default: the newest complete one.
   * @throws CL_CHECKPOINT for a damaged checkpoint, or one of another model, strategy or version.
   */
  static async restore(store: CheckpointStore, options: LearnerOptions, name?: string): Promise<Learner> {
    const learner = new Learner(options);
    try {
      await readCheckpoint(store, learner.#engine, name);
      return learner;
    } catch (error) {
      learner.dispose();
      throw error;
    }
  }

  /** The model as it is now, with what strategies and growth have added. */
  get model(): Model {
    return this.#engine.model;
  }

  /** True where `predict` gives just what `model` gives with `parameters()`: nothing masks, gates or classifies, and all outputs compete. */
  get isPlain(): boolean {
    const { competing, strategy } = this.#engine;
    return competing === 'all' && !strategy.effective && !strategy.at && !strategy.predict;
  }

  get scenario(): Scenario {
    return this.#engine.scenario;
  }

  /** Tasks learned, the task in training, steps taken. */
  get progress(): Progress {
    return this.#engine.progress;
  }

  /** The tasks of a stream that are still to be learned, an interrupted one first. */
  remaining<T extends Task>(tasks: readonly T[]): readonly T[] {
    checkList('remaining', 'tasks', tasks, (task) => task);
    const { learned, current } = this.progress;
    const left = tasks.filter((task) => !learned.some(({ index }) => index === task.index));
    const isCurrent = (task: T) => task.index === current?.task.index;
    return [...left.filter(isCurrent), ...left.filter((task) => !isCurrent(task))];
  }

  /**
   * Trains on a task, then lets the strategy consolidate it. A task that was interrupted (by a signal, an error, a restart) goes
   * on where it stood.
   *
   * @throws CL_NOT_FINITE when the loss is not a finite number; that step is not applied.
   * @throws CL_LABEL, CL_SHAPE, CL_OPTION, CL_DATA for data and options that do not fit.
   */
  async learn(task: TaskData, options: LearnOptions = {}): Promise<void> {
    if (this.#learning) {
      throw new ContinualLearningError(
        'CL_OPTION',
        `learn(): task ${this.#engine.task.index} is being learned at this moment. Wait for it.`,
      );
    }
    this.#learning = true;
    try {
      await learn(this.#engine, task, options);
    } finally {
      this.#learning = false;
    }
  }

  /** Loss and metrics on a task's examples (default: its test examples), as means. The task need not have been learned. */
  evaluate(task: TaskData, options: EvaluateOptions = {}): Promise<Evaluation> {
    return evaluate(this.#engine, task, options);
  }

  /**
   * Outputs for inputs, [batch, outputs]; those that do not compete lie far below the others. Yours to dispose.
   *
   * @param x Inputs, [batch, …].
   * @param options `task`: which task the inputs belong to; needed in scenario 'task'.
   */
  predict(x: TensorTree, options: { readonly task?: Task } = {}): Tensor {
    checkKnown('predict', options, ['task']);
    return predict(this.#engine, x, options.task);
  }

  /**
   * What the strategies have to say about themselves, by 'packnet.used': shares of the network that are in use, and the like.
   *
   * @param options `task`: as of this task. Default: the one at hand.
   */
  measure(options: { readonly task?: Task } = {}): { readonly [name: string]: number } {
    checkKnown('measure', options, ['task']);
    return measure(this.#engine, options.task);
  }

  /** A copy of the parameters. Yours to dispose. */
  parameters(): NamedTensorMap {
    const state = this.#engine.read();
    return released(keepOnly(state.parameters, state));
  }

  /** SHA-256 of the parameters' names, shapes and bytes: equal for equal models. */
  async parameterHash(): Promise<string> {
    const parameters = this.parameters();
    try {
      return await parameterHash(parameters);
    } finally {
      tf.dispose(parameters);
    }
  }

  /** Adds outputs to the model, between tasks. Old columns keep their values; what strategies know of the new ones is zero. */
  grow(count: number): void {
    growState(this.#engine, count);
  }

  /**
   * Writes all that a restored learner needs to go on bit for bit. For between steps: after `learn`, or in `onStep`.
   *
   * @param name Default: the number of steps taken.
   */
  async save(store: CheckpointStore, name = `step-${String(this.progress.step).padStart(8, '0')}`): Promise<void> {
    await writeCheckpoint(store, this.#engine, name);
  }

  dispose(): void {
    this.#engine.dispose();
  }
}
