import type { Competing, Task } from './task.js';

/** Output columns that compete for rows of `task`, ascending, when `known` tasks have been met. */
export function competingClasses(competing: Competing, task: Task, known: readonly Task[], outputs: number): readonly number[] {
  if (competing === 'all') return Array.from({ length: outputs }, (_, c) => c);
  const tasks = competing === 'task' ? [task] : [...known, task];
  return [...new Set(tasks.flatMap((t) => t.classes))].sort((a, b) => a - b);
}

/** 1 for each of `classes`, 0 elsewhere: [outputs]. Times logits or a classifier's parameters, it leaves those of the classes. */
export const indicator = (classes: readonly number[], outputs: number): number[] =>
  Array.from({ length: outputs }, (_, c) => Number(classes.includes(c)));

/**
 * Which outputs compete for each row: [rows × outputs] of 1 and 0, row after row. Made when rows are drawn and never stored
 * with them: in class-incremental learning an old row competes with classes that came after it.
 *
 * @param tasks The task index of each row.
 * @param known All tasks met so far, the current one included, by index.
 */
export function competingMask(
  competing: Competing,
  tasks: Int32Array,
  known: ReadonlyMap<number, Task>,
  outputs: number,
  rows = tasks.length,
): Float32Array {
  const mask = new Float32Array(rows * outputs);
  const seen = competing === 'seen' ? [...known.values()].flatMap((task) => task.classes) : null;
  for (let row = 0; row < tasks.length; row++) {
    for (const c of seen ?? known.get(tasks[row]!)!.classes) mask[row * outputs + c] = 1;
  }
  return mask;
}
