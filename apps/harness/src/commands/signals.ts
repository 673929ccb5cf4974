import { EXIT } from '../cli/exit-codes.js';

/**
 * Runs `body` with a signal that Ctrl-C and SIGTERM set off, so that it can stop in good order. A second Ctrl-C ends the process
 * at once; what was saved before stands.
 */
export async function interruptible<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write('\nStopping at the next step …\n');
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await body(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
