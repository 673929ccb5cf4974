import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContinualLearningError } from '@cl/core';
import type { RunResult } from '../results/schema.js';
import type { Backend } from '../run/backend.js';
import type { RunProgress } from '../run/execute-run.js';
import type { FromWorker, Job, ToWorker } from './messages.js';

/** How a run ended. */
export type Outcome =
  | { readonly type: 'finished'; readonly result: RunResult }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly stack: string | null }
  | { readonly type: 'interrupted'; readonly step: number; readonly saved: boolean };

/** A child process that carries out one run at a time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #listener: ((message: FromWorker) => void) | null = null;
  #ended: ((how: string) => void) | null = null;
  /** How it ended, once it has. */
  #how: string | null = null;

  /** @param onLine Gets each line that the child writes to stderr. */
  constructor(onLine: (line: string) => void) {
    // In a session of its own: a Ctrl-C in the terminal is for the parent, which then asks its workers to stop.
    this.#child = fork(workerFile(), [], { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    });
    this.#child.on('message', (message: FromWorker) => this.#listener?.(message));
    const end = (how: string) => {
      this.#how ??= how;
      this.#ended?.(this.#how);
    };
    this.#child.on('error', (error) => end(`could not be started: ${error.message}`));
    this.#child.on('exit', (code, signal) => end(signal ? `was killed by ${signal}` : `ended with exit code ${code}`));
  }

  get isAlive(): boolean {
    return this.#how === null;
  }

  /** Loads the back end. Throws CL_NATIVE or whatever came in the way. */
  async start(threads: number | null): Promise<Backend> {
    const answer = await this.#ask({ type: 'start', threads }, (message) =>
      message.type === 'ready' || message.type === 'failed' ? message : null,
    );
    if (answer.type === 'ready') return answer.backend;
    throw new ContinualLearningError(answer.code as 'CL_NATIVE', answer.message);
  }

  /** Carries out a run. Does not throw: a process that died is a failed run. */
  async run(job: Job, onProgress: (progress: RunProgress) => void): Promise<Outcome> {
    return this.#ask({ type: 'run', job }, (message): Outcome | null => {
      if (message.type === 'progress') onProgress(message.progress);
      return message.type === 'progress' || message.type === 'ready' ? null : message;
    });
  }

  /** Asks it to stop with a checkpoint; the run then ends as interrupted. */
  stop(): void {
    if (this.isAlive) this.#child.send({ type: 'stop' } satisfies ToWorker, () => {});
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Lets an idle worker go. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #ask<T>(question: ToWorker, answerOf: (message: FromWorker) => T | null): Promise<T | Extract<Outcome, { type: 'failed' }>> {
    return new Promise((resolve) => {
      const settle = (answer: T | Extract<Outcome, { type: 'failed' }>) => {
        this.#listener = null;
        this.#ended = null;
        resolve(answer);
      };
      this.#listener = (message) => {
        const answer = answerOf(message);
        if (answer !== null) settle(answer);
      };
      this.#ended = (how) => {
        const hint = how.includes('SIGKILL') ? ' Perhaps there was too little memory; use fewer --workers.' : '';
        settle({
          type: 'failed',
          code: 'CL_RUN',
          message: `The process of this run ${how}.${hint} Its last checkpoint stands.`,
          stack: null,
        });
      };
      if (this.#how !== null) this.#ended(this.#how);
      else this.#child.send(question, (error) => error && this.#ended?.(`could not be reached: ${error.message}`));
    });
  }
}

/** The built worker, seen from the built command and from the sources alike. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  for (let above = dirname(here); above !== dirname(above); above = dirname(above)) {
    for (const path of [join(above, 'worker.js'), join(above, 'dist', 'worker.js')]) if (existsSync(path)) return path;
  }
  throw new ContinualLearningError('CL_DATA', `worker.js: not found above ${here}. Build this package: pnpm build.`);
}
