import { z } from 'zod';
import { metricsOf } from '../results/metrics.js';
import { origin, originOf } from '../results/origin.js';
import type { RunResult } from '../results/schema.js';
import type { TableToMake } from './reproduction.js';

/** What a table keeps of a run: enough to make its row again when runs of other seeds, or other rows, join it. */
export const measuredRun = z.object({
  /** Of all that decides what the run computes: with other settings it is another. */
  id: z.string(),
  strategy: z.string(),
  seed: z.number(),
  /** Shares, 0 to 1. */
  accuracy: z.number(),
  forgetting: z.number().nullable(),
  backwardTransfer: z.number().nullable(),
  forwardTransfer: z.number().nullable(),
  /** What the strategies say of themselves after the last task: 'packnet.used'. */
  measures: z.record(z.string(), z.number()),
  /** Bytes of parameters, and of what the strategy keeps. */
  memory: z.object({ parameters: z.number(), strategy: z.number() }),
  parameterHash: z.string(),
  ...origin.shape,
});
export type MeasuredRun = z.infer<typeof measuredRun>;

/** A run, as a table reads it. */
export function measured(result: RunResult, { reading }: Pick<TableToMake, 'reading'>): MeasuredRun {
  const { id, spec, accuracyWithinTask, initial, measures = {}, memory, parameterHash } = result;
  const within = reading === 'task' && accuracyWithinTask;
  const metrics = within ? metricsOf({ accuracy: accuracyWithinTask, initial, spec }) : result.metrics;
  return {
    id,
    strategy: spec.strategy,
    seed: spec.seed,
    accuracy: metrics.averageAccuracy!,
    forgetting: metrics.forgetting ?? null,
    backwardTransfer: metrics.backwardTransfer ?? null,
    forwardTransfer: metrics.forwardTransfer ?? null,
    measures,
    memory: { parameters: memory.parameters, strategy: memory.strategy },
    parameterHash,
    ...originOf(result),
  };
}
