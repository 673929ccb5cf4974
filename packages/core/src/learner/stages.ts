import { ContinualLearningError } from '../errors.js';
import type { AnyStrategy } from '../strategy/conflicts.js';

/**
 * The stage that a strategy is in when `iteration` of a task's `iterations` steps are taken. Each stage begins at a whole step and has
 * at least one, since a method relies on what it does where a stage begins.
 */
export function stageAt({ stages }: AnyStrategy, iteration: number, iterations: number): string | null {
  if (!stages) return null;
  let share = 0;
  let end = 0;
  for (const [i, stage] of stages.entries()) {
    share += stage.share;
    const left = stages.length - 1 - i;
    end = Math.min(Math.max(Math.round(share * iterations), end + 1), iterations - left);
    if (iteration < end) return stage.name;
  }
  return stages.at(-1)!.name;
}

/** Throws CL_OPTION where a task is too short for the stages of a strategy. */
export function checkStages(parts: readonly AnyStrategy[], iterations: number): void {
  const part = parts.find(({ stages = [] }) => stages.length > iterations);
  if (!part) return;
  const names = part.stages!.map(({ name }) => `'${name}'`).join(', ');
  throw new ContinualLearningError(
    'CL_OPTION',
    `learn(): a task of ${iterations} steps is too short for '${part.name}', which has the stages ${names}. Train for at least ${part.stages!.length} steps.`,
  );
}
