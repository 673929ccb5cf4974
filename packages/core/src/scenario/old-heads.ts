import type { GraphContext } from '../strategy/context.js';

/**
 * The classes over which an old network's softmax runs, one list for each softmax: those of each old task where tasks are known, those
 * of all old tasks where classes compete, all outputs where tasks share them.
 */
export function oldHeads({ scenario, past, model }: Pick<GraphContext, 'scenario' | 'past' | 'model'>): readonly (readonly number[])[] {
  if (scenario === 'task') return past.map(({ classes }) => classes);
  if (scenario === 'class') return [past.flatMap(({ classes }) => classes)];
  return [Array.from({ length: model.outputs }, (_, c) => c)];
}
