import { SetupFailure } from './failure.mjs';
import { errorIn, run } from './run.mjs';

const PRINT_VERSION = 'process.stdout.write(String(require(process.argv[1]).TF_Version))';

/**
 * Loads an addon in a process of its own and returns TensorFlow's version. All symbols are bound at once, so that one
 * that is missing shows now and not in the middle of a training.
 *
 * @param {string} addon
 * @returns {Promise<string>}
 */
export async function smokeTest(addon) {
  const env = { ...process.env, LD_BIND_NOW: '1', DYLD_BIND_AT_LAUNCH: '1', TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' };
  const { code, signal, stdout, stderr, problem } = await run([process.execPath, '-e', PRINT_VERSION, addon], { env, limitSeconds: 120 });
  if (signal === 'SIGILL') {
    const message = 'This CPU lacks instructions TensorFlow was built with (AVX).';
    throw new SetupFailure('no-avx', message, 'Use the pure JavaScript back end, or a newer machine.', { final: true });
  }
  if (code === 0 && stdout) return stdout;
  const reason = problem ?? (signal ? `it ended with ${signal}` : errorIn(stderr));
  throw new SetupFailure('load', `The TensorFlow library does not load: ${reason}.`, 'Run the set-up again with --force.');
}
