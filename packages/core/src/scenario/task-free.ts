import { subsetData } from '../data.js';
import { checkInteger, checkKnown } from '../options.js';
import { together } from './joint.js';
import { range } from './labels.js';
import { checkStream, evaluationTasks, type Stream, type TaskData } from './task.js';

/**
 * The same rows in the same order, without boundaries: nothing says where a task ends, and all outputs compete (Aljundi,
 * Kelchtermans & Tuytelaars, "Task-free continual learning", 2019). To be learned in one pass. `evaluation` holds the tasks as
 * they were.
 *
 * @param options `every`: cut into pieces of so many rows, to look at the learner in between. The pieces say nothing about the
 *   tasks. Default: one piece.
 * @throws CL_OPTION
 * @example taskFree(split({ train, test, classesPerTask: 2, scenario: 'class' }), { every: 1000 })
 */
export function taskFree(stream: Stream, options: { readonly every?: number } = {}): Stream {
  checkStream('taskFree', stream);
  checkKnown('taskFree', options, ['every']);
  const whole = together(stream.tasks, { index: 0, name: 'all rows' });
  const rows = whole.train.length;
  const every = options.every === undefined ? rows : checkInteger('taskFree', 'every', options.every, { min: 1 });
  const piece = (index: number): TaskData => {
    const [from, to] = [index * every, Math.min((index + 1) * every, rows)];
    const train = subsetData(whole.train, Int32Array.from(range(to - from, from)));
    return { ...whole, index, name: `rows ${from + 1} to ${to}`, train, ordered: true };
  };
  const tasks = every >= rows ? [{ ...whole, ordered: true }] : range(Math.ceil(rows / every)).map(piece);
  return {
    ...stream,
    name: `${stream.name}, task-free`,
    scenario: 'free',
    tasks,
    evaluation: evaluationTasks(stream),
    recipe: { from: 'task-free', every: options.every ?? null, of: stream.recipe ?? null },
  };
}
