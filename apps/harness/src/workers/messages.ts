import type { RunResult, RunSpec } from '../results/schema.js';
import type { Backend } from '../run/backend.js';
import type { RunHooks, RunProgress } from '../run/execute-run.js';

/** One run for a worker. */
export interface Job {
  readonly spec: RunSpec;
  readonly hooks: Pick<RunHooks, 'folder' | 'data' | 'checkpointEvery' | 'keep' | 'command'>;
}

export type ToWorker =
  | { readonly type: 'start'; readonly threads: number | null }
  | { readonly type: 'run'; readonly job: Job }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'ready'; readonly backend: Backend }
  | { readonly type: 'progress'; readonly progress: RunProgress }
  | { readonly type: 'finished'; readonly result: RunResult }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly stack: string | null }
  | { readonly type: 'interrupted'; readonly step: number; readonly saved: boolean };
