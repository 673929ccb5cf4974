import { availableParallelism } from 'node:os';
import type { Backend } from '../run/backend.js';
import type { RunProgress } from '../run/execute-run.js';
import type { Job } from './messages.js';
import { type Outcome, WorkerProcess } from './worker-process.js';

export interface PoolOptions {
  /** Processes at a time. Default: one a processor. */
  readonly workers?: number | null;
  /** Threads each uses for one operation. Default: the processors, divided among the workers. */
  readonly threads?: number | null;
}

export interface JobEvents {
  readonly onProgress?: (job: Job, progress: RunProgress) => void;
  readonly onEnd?: (job: Job, outcome: Outcome) => void;
}

/** A few processes for many runs. One that dies fails its run alone; another takes its place. */
export class Pool {
  readonly workers: number;
  /** For one operation, in each worker. */
  readonly threads: number;
  /** What workers are told; null: each graph has the threads that pay for it, as a worker can that is alone. */
  readonly #told: number | null;
  /** Gets a line that some worker wrote to stderr, the first time that any of them does. */
  onLine: (line: string) => void = (line) => void process.stderr.write(`${line}\n`);
  readonly #heard = new Set<string>();
  readonly #idle: WorkerProcess[] = [];
  readonly #busy = new Set<WorkerProcess>();
  #backend: Promise<Backend> | null = null;

  constructor({ workers, threads }: PoolOptions = {}) {
    const processors = availableParallelism();
    this.workers = workers ?? processors;
    this.threads = threads ?? Math.max(1, Math.floor(processors / this.workers));
    this.#told = threads ?? (this.workers === 1 ? null : this.threads);
  }

  #newWorker(): WorkerProcess {
    return new WorkerProcess((line) => {
      if (line.trim() === '' || this.#heard.has(line)) return;
      this.#heard.add(line);
      this.onLine(line);
    });
  }

  /** What the runs will run on: asks the first of the workers. */
  backend(): Promise<Backend> {
    this.#backend ??= (async () => {
      const worker = this.#newWorker();
      try {
        const backend = await worker.start(this.#told);
        this.#idle.push(worker);
        return backend;
      } catch (error) {
        worker.kill();
        throw error;
      }
    })();
    return this.#backend;
  }

  /** Carries out all jobs, in order as workers become free; after the signal, no further ones. */
  async run(jobs: readonly Job[], { onProgress, onEnd }: JobEvents = {}, signal?: AbortSignal): Promise<void> {
    const queue = [...jobs];
    const stop = () => {
      for (const worker of this.#busy) worker.stop();
    };
    signal?.addEventListener('abort', stop);
    const work = async () => {
      for (let job = queue.shift(); job && !signal?.aborted; job = queue.shift()) {
        const current = job;
        const outcome = await this.#runOne(current, (progress) => onProgress?.(current, progress), signal);
        onEnd?.(current, outcome);
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(this.workers, jobs.length) }, work));
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #runOne(job: Job, onProgress: (progress: RunProgress) => void, signal: AbortSignal | undefined): Promise<Outcome> {
    const worker = this.#idle.pop() ?? this.#newWorker();
    this.#busy.add(worker);
    try {
      await worker.start(this.#told);
      if (signal?.aborted) return { type: 'interrupted', step: 0, saved: true };
      return await worker.run(job, onProgress);
    } catch (error) {
      const { code = 'CL_RUN', message } = error as { code?: string; message: string };
      return { type: 'failed', code, message, stack: null };
    } finally {
      this.#busy.delete(worker);
      if (worker.isAlive && !signal?.aborted) this.#idle.push(worker);
      else worker.close();
    }
  }

  /** Ends idle workers, and busy ones at once. */
  close(): void {
    for (const worker of this.#idle) worker.close();
    for (const worker of this.#busy) worker.kill();
    this.#idle.length = 0;
  }
}
