import { backwardTransfer, forgetting, forwardTransfer, learningAccuracy } from '@cl/core';
import type { RunResult } from './schema.js';

type Measured = Pick<RunResult, 'accuracy' | 'initial'> & { readonly spec: Pick<RunResult['spec'], 'scenario'> };

/**
 * What is said of an accuracy matrix, by the formulas of @cl/core. Null where a run has no row a task (joint training, a stream
 * without boundaries), and forward transfer where classes that were not met yet do not compete.
 */
export function metricsOf({ accuracy, initial, spec }: Measured): RunResult['metrics'] {
  const last = accuracy.at(-1) ?? [];
  const perTask = accuracy.length === initial.length && initial.length > 1;
  const transfers = perTask && (spec.scenario === 'task' || spec.scenario === 'domain');
  return {
    // Over all tasks, also where they were learned at once.
    averageAccuracy: finite(last.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / last.length),
    forgetting: perTask ? finite(forgetting(accuracy)) : null,
    backwardTransfer: perTask ? finite(backwardTransfer(accuracy)) : null,
    forwardTransfer: transfers ? finite(forwardTransfer(accuracy, initial)) : null,
    learningAccuracy: perTask ? finite(learningAccuracy(accuracy)) : null,
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
