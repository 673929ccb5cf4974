import { codeOf, messageOf } from '../cli/failure.js';
import { loadBackend } from '../run/backend.js';
import { executeRun } from '../run/execute-run.js';
import { Interrupted } from '../run/interrupted.js';
import type { FromWorker, Job, ToWorker } from './messages.js';

/**
 * The child process: carries out one run after another as it is told. It handles no signal: native steps do not survive one (see
 * the decision on signals), so the parent tells it to stop.
 */
export function serve(): void {
  const stop = new AbortController();

  async function handle(message: ToWorker): Promise<void> {
    if (message.type === 'start') return send({ type: 'ready', backend: await loadBackend(message.threads) });
    if (message.type === 'stop') return stop.abort();
    await run(message.job);
  }

  async function run({ spec, hooks }: Job): Promise<void> {
    try {
      const result = await executeRun(spec, {
        ...hooks,
        signal: stop.signal,
        onProgress: (progress) => send({ type: 'progress', progress }),
      });
      send({ type: 'finished', result });
    } catch (error) {
      if (error instanceof Interrupted) send({ type: 'interrupted', step: error.step, saved: error.saved });
      else send(failureOf(error));
    }
  }

  process.on('message', (message: ToWorker) => {
    handle(message).catch((error) => send(failureOf(error)));
  });
  // Without the parent nobody wants the result; the last checkpoint stands.
  process.on('disconnect', () => process.exit(1));
}

const failureOf = (error: unknown): FromWorker => ({
  type: 'failed',
  code: codeOf(error),
  message: messageOf(error),
  stack: error instanceof Error ? (error.stack ?? null) : null,
});

const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message);
};
