import { codeOf, messageOf } from '../cli/failure.js';
import { type Backend, loadBackend } from '../run/backend.js';
import { executeRun } from '../run/execute-run.js';
import { Interrupted } from '../run/interrupted.js';
import type { Job } from '../workers/messages.js';
import type { JobEvents, Runner } from '../workers/pool.js';
import type { Outcome } from '../workers/worker-process.js';

/** Carries runs out in this process, one after another: for a single run, which needs no other. */
export function localRunner(threads: number | null): Runner {
  return {
    workers: 1,
    threads,
    backend: (): Promise<Backend> => loadBackend(threads),
    async run(jobs: readonly Job[], { onProgress, onEnd }: JobEvents = {}, signal?: AbortSignal) {
      for (const job of jobs) {
        if (signal?.aborted) return;
        onEnd?.(job, await outcomeOf(job, { threads, signal, onProgress }));
      }
    },
    close: () => {},
  };
}

async function outcomeOf(
  job: Job,
  { threads, signal, onProgress }: { threads: number | null; signal: AbortSignal | undefined; onProgress: JobEvents['onProgress'] },
): Promise<Outcome> {
  try {
    const result = await executeRun(job.spec, {
      ...job.hooks,
      threads,
      ...(signal && { signal }),
      onProgress: (progress) => onProgress?.(job, progress),
    });
    return { type: 'finished', result };
  } catch (error) {
    if (error instanceof Interrupted) return { type: 'interrupted', step: error.step, saved: error.saved };
    return { type: 'failed', code: codeOf(error), message: messageOf(error), stack: error instanceof Error ? (error.stack ?? null) : null };
  }
}
