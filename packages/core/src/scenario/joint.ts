import { concatData, type Dataset } from '../data.js';
import { distinct } from './labels.js';
import { checkStream, evaluationTasks, type Stream, type Task, type TaskData } from './task.js';

/**
 * All tasks learned at once: the upper bound. One task with the data of all; `evaluation` holds the tasks as they were.
 *
 * In the scenario `task` all classes compete in training, since a row of the joint task does not tell which task it came from;
 * testing goes by the tasks of `evaluation`, so there the task is known.
 *
 * @example for (const task of evaluationTasks(joint(stream))) await learner.evaluate(task)
 */
export function joint(stream: Stream): Stream {
  checkStream('joint', stream);
  const task = together(stream.tasks, { index: 0, name: 'all tasks' });
  return {
    ...stream,
    name: `${stream.name}, joint`,
    tasks: [task],
    evaluation: evaluationTasks(stream),
    recipe: { from: 'joint', of: stream.recipe ?? null },
  };
}

/**
 * Nothing is ever put away: task k is learned from the data of tasks 0 … k. The upper bound after each task, at a growing cost.
 * `evaluation` holds the tasks as they were.
 */
export function cumulative(stream: Stream): Stream {
  checkStream('cumulative', stream);
  const tasks = stream.tasks.map(({ index, name }) => together(stream.tasks.slice(0, index + 1), { index, name }));
  return {
    ...stream,
    name: `${stream.name}, cumulative`,
    tasks,
    evaluation: evaluationTasks(stream),
    recipe: { from: 'cumulative', of: stream.recipe ?? null },
  };
}

/** One task with the data and the classes of several, in their order. */
export function together(tasks: readonly TaskData[], { index, name }: Pick<Task, 'index' | 'name'>): TaskData {
  const validation = tasks.map((task) => task.validation);
  const complete = validation.every((part): part is Dataset => part !== undefined);
  return {
    index,
    name,
    classes: classesOf(tasks),
    train: concatData(tasks.map((task) => task.train)),
    test: concatData(tasks.map((task) => task.test)),
    ...(complete && { validation: concatData(validation) }),
  };
}

/** Classes of any of the tasks, ascending. */
export const classesOf = (tasks: readonly Task[]): readonly number[] => distinct(tasks.flatMap((task) => task.classes));
