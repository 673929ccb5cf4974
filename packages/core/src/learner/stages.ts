import type { AnyStrategy } from '../strategy/conflicts.js';

/** The stage that a strategy is in when `iteration` of a task's `iterations` steps are taken. Each stage begins at a whole step. */
export function stageAt({ stages }: AnyStrategy, iteration: number, iterations: number): string | null {
  if (!stages) return null;
  let end = 0;
  for (const { name, share } of stages) {
    end += share;
    if (iteration < Math.round(end * iterations)) return name;
  }
  return stages.at(-1)!.name;
}
