import { resolve } from 'node:path';
import { readResult, runFolder, writeFailure, writePlan } from '../results/folder.js';
import { runId } from '../results/identity.js';
import { RESULT_FORMAT, type RunFailure, type RunResult, type RunSpec } from '../results/schema.js';
import type { RunProgress } from '../run/execute-run.js';
import type { Job } from '../workers/messages.js';
import { Pool, type PoolOptions } from '../workers/pool.js';
import type { Outcome } from '../workers/worker-process.js';

export interface CompareOptions extends PoolOptions {
  /** The folder of runs. Left out: nothing is written, and nothing can be resumed. */
  readonly folder?: string;
  /** The command that is carried out, for plan and results. */
  readonly command?: string;
  readonly data?: string | undefined;
  readonly checkpointEvery?: number | null;
  readonly keep?: boolean;
  /** Stops all runs between two steps, with checkpoints. */
  readonly signal?: AbortSignal;
  /** What carries the runs out, if it is there already; it stays. Default: a pool of processes. */
  readonly pool?: Pool;
  readonly onEvent?: (event: RunEvent) => void;
}

/** What happens to one run. */
export type RunEvent =
  | { readonly type: 'found'; readonly spec: RunSpec; readonly result: RunResult }
  | { readonly type: 'progress'; readonly spec: RunSpec; readonly progress: RunProgress }
  | { readonly type: 'finished'; readonly spec: RunSpec; readonly result: RunResult }
  | { readonly type: 'failed'; readonly spec: RunSpec; readonly failure: RunFailure; readonly stack: string | null };

/** What became of the runs, in the order of their specs. */
export interface Comparison {
  readonly results: readonly RunResult[];
  readonly failures: readonly RunFailure[];
  /** Neither finished nor failed, since the signal came. */
  readonly unfinished: readonly RunSpec[];
}

/**
 * Carries out runs in child processes. Those whose result is in the folder are skipped; one that fails does not keep the others
 * from finishing. Does not throw for what happens in a run.
 *
 * @throws CL_DISK where the folder cannot be written to.
 */
export async function compareRuns(specs: readonly RunSpec[], options: CompareOptions = {}): Promise<Comparison> {
  const { folder, onEvent, signal } = options;
  const unique = [...new Map(specs.map((spec) => [runId(spec), spec])).values()];
  if (folder !== undefined) await writePlan(folder, planOf(unique, options));

  const results = new Map<RunSpec, RunResult>();
  const failures = new Map<RunSpec, RunFailure>();
  for (const spec of unique) {
    const result = folder === undefined ? null : await readResult(runFolder(folder, spec), spec);
    if (!result) continue;
    results.set(spec, result);
    onEvent?.({ type: 'found', spec, result });
  }

  const jobs = unique.filter((spec) => !results.has(spec)).map((spec): Job => ({ spec, hooks: hooksOf(spec, options) }));
  const written: Promise<void>[] = [];
  const onEnd = ({ spec }: Job, outcome: Outcome) => {
    if (outcome.type === 'interrupted') return;
    if (outcome.type === 'finished') {
      results.set(spec, outcome.result);
      onEvent?.({ type: 'finished', spec, result: outcome.result });
      return;
    }
    const { code, message, stack } = outcome;
    const failure: RunFailure = { format: RESULT_FORMAT, id: runId(spec), spec, code, message, at: new Date().toISOString() };
    failures.set(spec, failure);
    // On a full disk there is no room for this either; it is told all the same.
    if (folder !== undefined) written.push(writeFailure(runFolder(folder, spec), failure).catch(() => {}));
    onEvent?.({ type: 'failed', spec, failure, stack });
  };

  const pool = options.pool ?? new Pool(options);
  try {
    await pool.run(jobs, { onEnd, onProgress: ({ spec }, progress) => onEvent?.({ type: 'progress', spec, progress }) }, signal);
    await Promise.all(written);
  } finally {
    if (!options.pool) pool.close();
  }
  const present = <T>(found: T | undefined): found is T => found !== undefined;
  return {
    results: unique.map((spec) => results.get(spec)).filter(present),
    failures: unique.map((spec) => failures.get(spec)).filter(present),
    unfinished: unique.filter((spec) => !results.has(spec) && !failures.has(spec)),
  };
}

const planOf = (runs: readonly RunSpec[], { command = '', data, pool, threads, workers, checkpointEvery, keep }: CompareOptions) => ({
  command,
  settings: {
    // As it is seen from anywhere: a plan may be resumed from another folder, without the variable.
    data: data || process.env.CL_DATA ? resolve(data || process.env.CL_DATA!) : null,
    // Of the pool at hand: the number of threads may decide the last bits, so a resumed run has to have as many.
    threads: pool?.threads ?? threads ?? null,
    workers: pool?.workers ?? workers ?? null,
    checkpointEvery: checkpointEvery ?? null,
    keep: keep ?? false,
  },
  runs: [...runs],
});

const hooksOf = (spec: RunSpec, { folder, data, checkpointEvery, keep, command }: CompareOptions): Job['hooks'] => ({
  ...(folder !== undefined && { folder: runFolder(folder, spec) }),
  ...(command !== undefined && { command }),
  data,
  checkpointEvery: checkpointEvery ?? null,
  keep: keep ?? false,
});
