import type { GraphContext } from '@cl/core';

/**
 * Whether the task at hand has outputs that no earlier task has, so that no earlier task's loss reaches them: then what is trained of the
 * head harms nobody.
 */
export function hasOutputsOfItsOwn({ scenario, past, task }: GraphContext): boolean {
  return scenario === 'task' && past.every(({ classes }) => classes.every((c) => !task.classes.includes(c)));
}
