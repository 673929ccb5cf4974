import { availableParallelism } from 'node:os';
import type { Benchmark } from '../benchmarks/index.js';
import { EXIT } from '../cli/exit-codes.js';
import { describeFailure } from '../cli/failure.js';
import { type CompareOptions, compareRuns, type RunEvent } from '../compare/compare-runs.js';
import type { RunSpec } from '../results/schema.js';
import { documentOf, type Reports, writeReports } from '../results/write-reports.js';
import { noView, type ProgressView, progressView } from '../terminal/progress.js';
import { Pool } from '../workers/pool.js';
import { fetchData } from './fetch-data.js';
import { interruptible } from './signals.js';

/** Runs that a command is about to carry out. */
export interface Undertaking extends Pick<CompareOptions, 'data' | 'checkpointEvery' | 'keep' | 'command' | 'workers' | 'threads'> {
  readonly folder: string;
  readonly json: boolean;
  /** The runs, once it is known whether steps can be compiled here. */
  readonly specs: readonly RunSpec[];
  readonly benchmarks: readonly Benchmark[];
  readonly pool: Pool;
  /** Whether what is finished is shown where it is interrupted. */
  readonly showsPart?: boolean;
}

/**
 * What carries out `count` runs: other processes, also for a single one, since no signal may reach a process that trains (see the
 * decision on signals). What they say on stderr comes once.
 */
export function poolFor(
  count: number,
  { workers, threads }: { workers?: number | null | undefined; threads?: number | null | undefined },
): Pool {
  return new Pool({
    workers: workers ?? Math.min(count, availableParallelism()),
    threads: threads ?? null,
  });
}

/**
 * Carries runs out, shows how they go on, and writes the reports.
 *
 * @param show Says what came of it, from all the results in the folder.
 * @returns The exit code.
 */
export async function carryOut(undertaking: Undertaking, show: (reports: Reports) => Promise<void> | void): Promise<number> {
  const { folder, json, specs, benchmarks, pool, command, data, checkpointEvery, keep } = undertaking;
  const stacks = new Map<string, string | null>();
  const { onLine } = pool;
  let view: ProgressView = noView;
  const comparison = await interruptible(async (signal) => {
    try {
      for (const benchmark of benchmarks) await fetchData(benchmark, { data, signal, quiet: json });
      if (!json) {
        view = progressView(specs);
        pool.onLine = view.say;
      }
      const onEvent = (event: RunEvent) => {
        view.event(event);
        if (event.type === 'failed') stacks.set(event.failure.id, event.stack);
      };
      return await compareRuns(specs, {
        folder,
        pool,
        signal,
        data,
        onEvent,
        keep: keep ?? false,
        checkpointEvery: checkpointEvery ?? null,
        ...(command !== undefined && { command }),
      });
    } catch (error) {
      if (signal.aborted && error === signal.reason) return null;
      throw error;
    } finally {
      view.end();
      pool.onLine = onLine;
      pool.close();
    }
  });
  if (!comparison) {
    process.stderr.write('Interrupted before anything was run.\n');
    return EXIT.interrupted;
  }
  if (comparison.unfinished.length > 0) {
    const finished = comparison.results.length;
    if (undertaking.showsPart && finished > 0) await show(await writeReports(folder));
    process.stderr.write(
      `Interrupted; ${finished} of ${specs.length} runs are finished, and what was begun is saved.\nGo on with  cl resume ${folder}\n`,
    );
    return EXIT.interrupted;
  }

  for (const { id, spec, code, message } of comparison.failures) {
    process.stderr.write(
      `${describeFailure(code, `${spec.strategy}, ${spec.scenario}, seed ${spec.seed}: ${message}`, stacks.get(id) ?? null)}\n`,
    );
  }
  const reports = await writeReports(folder);
  if (json) process.stdout.write(`${JSON.stringify({ folder, ...documentOf(reports.results, reports.failures) }, null, 2)}\n`);
  else await show(reports);
  if (comparison.failures.length === 0) return EXIT.ok;
  process.stderr.write(`${comparison.failures.length} of ${specs.length} runs failed. Try them again with  cl resume ${folder}\n`);
  return EXIT.failed;
}
