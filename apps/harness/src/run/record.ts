import type { RunResult } from '../results/schema.js';

/** Entries of a loss curve. */
const ENTRIES = 200;

/** What a run has measured so far; JSON, saved with each checkpoint. */
export interface RunRecord {
  readonly startedAt: string;
  /** What the last bits of its numbers may depend on. */
  readonly circumstances: string;
  initial: RunResult['initial'];
  accuracy: RunResult['accuracy'];
  accuracyWithinTask: RunResult['accuracy'];
  loss: RunResult['loss'];
  /** Milliseconds a step, for each entry of the loss curve. */
  paces: number[];
  /** Steps since the last entry. */
  open: { steps: number; loss: number; milliseconds: number };
  trainSeconds: number;
  evaluateSeconds: number;
  resident: number;
  notes: string[];
}

export const newRecord = (circumstances = ''): RunRecord => ({
  startedAt: new Date().toISOString(),
  circumstances,
  initial: [],
  accuracy: [],
  accuracyWithinTask: [],
  loss: [],
  paces: [],
  open: { steps: 0, loss: 0, milliseconds: 0 },
  trainSeconds: 0,
  evaluateSeconds: 0,
  resident: 0,
  notes: [],
});

/** Steps that share an entry of the loss curve. */
export const stepsPerEntry = (steps: number): number => Math.max(1, Math.ceil(steps / ENTRIES));

/** Takes a step in. `last`: of its training; the curve has an entry there. */
export function recordStep(
  record: RunRecord,
  { step, training, loss, milliseconds }: { step: number; training: number; loss: number; milliseconds: number },
  { every, last }: { every: number; last: boolean },
): void {
  const { open } = record;
  open.steps++;
  open.loss += loss;
  open.milliseconds += milliseconds;
  if (open.steps < every && !last) return;
  record.loss.push([step, training, open.loss / open.steps]);
  record.paces.push(open.milliseconds / open.steps);
  record.open = { steps: 0, loss: 0, milliseconds: 0 };
  record.resident = Math.max(record.resident, process.memoryUsage.rss());
}

/** The middle one of the paces: what a step takes when nothing is compiled and nothing else is in the way. */
export function paceOf({ paces }: Pick<RunRecord, 'paces'>): number {
  const sorted = paces.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
