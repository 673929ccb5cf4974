import { type Competing, evaluationTasks, type Learner, type Stream } from '@cl/core';
import type { RunSpec } from '../results/schema.js';

/** Accuracy on each task; null for a learner that reports none. */
export async function accuracies(learner: Learner, stream: Stream, competing?: Competing): Promise<(number | null)[]> {
  const row: (number | null)[] = [];
  for (const task of evaluationTasks(stream)) {
    const { accuracy } = await learner.evaluate(task, { ...(competing && { competing }) });
    row.push(accuracy ?? null);
  }
  return row;
}

/** Before training no class has been met, so where those met so far would compete, all do. */
export const initialAccuracies = (learner: Learner, stream: Stream, { scenario }: Pick<RunSpec, 'scenario'>): Promise<(number | null)[]> =>
  accuracies(learner, stream, scenario === 'class' ? 'all' : undefined);
