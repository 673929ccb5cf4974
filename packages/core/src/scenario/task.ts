import type { Dataset } from '../data.js';
import { checkHas } from '../options.js';
import type { Json } from '../tree.js';

/**
 * What changes between tasks, and what is known at test time (van de Ven, Tuytelaars & Tolias, 2022).
 * `task`: the task is known, so only its own classes compete. `domain`: same outputs, shifting inputs.
 * `class`: the task must be inferred, all classes seen so far compete (or, if a learner is told so, all there will be). `free`: no boundaries, all outputs compete.
 */
export type Scenario = 'task' | 'domain' | 'class' | 'free';

/** Which outputs a row's label competes with: its own task's, those of all tasks so far, or all. */
export type Competing = 'task' | 'seen' | 'all';

/** The name, number and classes of a task; what a strategy may know of it. */
export interface Task {
  /** Position in the stream, from 0. */
  readonly index: number;
  readonly name: string;
  /** Output columns that this task's labels name. */
  readonly classes: readonly number[];
}

/** A task with its examples. */
export interface TaskData extends Task {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly validation?: Dataset;
  /** True: rows are visited as they come. False or absent: in a new random order each epoch. */
  readonly ordered?: boolean;
}

/** Tasks one after another. */
export interface Stream {
  readonly name: string;
  readonly scenario: Scenario;
  /** Outputs that the model needs. */
  readonly outputs: number;
  readonly tasks: readonly TaskData[];
  /** What to test on where that is not what is learned, as in joint training: the tasks as they were. Default: `tasks`. */
  readonly evaluation?: readonly TaskData[];
  /** How it was made: classes of each task, seeds, angles. For reports and for the check on resuming. */
  readonly recipe?: Json;
}

/** The tasks to test on: those of the stream, or those it was made from. */
export function evaluationTasks(stream: Stream): readonly TaskData[] {
  checkStream('evaluationTasks', stream);
  return stream.evaluation ?? stream.tasks;
}

/** Throws CL_OPTION for what is no stream. */
export const checkStream = (who: string, stream: Stream): void =>
  checkHas(who, 'stream', stream, ['tasks', 'scenario'], 'a stream, as split() and custom() make');

/**
 * What competes in each scenario, unless a caller asks for something else.
 *
 * @param inClass Where classes come one after another, whether only those seen so far compete, or all.
 */
export const competingIn = (scenario: Scenario, inClass: 'seen' | 'all' = 'seen'): Competing =>
  scenario === 'task' ? 'task' : scenario === 'class' ? inClass : 'all';
