import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupFailure } from './failure.mjs';
import { errorIn, run } from './run.mjs';

/** @import { StepControl } from './report.mjs' */

const SCRIPT = fileURLToPath(new URL('./unpack.py', import.meta.url));
const FEWEST_HEADERS = 14;

/**
 * Takes libraries and headers out of wheels, into `lib/`, `include/` and where the loader looks for what belongs to them.
 *
 * @param {readonly string[]} wheels
 * @param {string} destination
 * @param {{ python: readonly string[], control: StepControl }} context
 * @returns {Promise<{ files: string[], requirements: string[] }>} `requirements`: NVIDIA packages the GPU build needs
 */
export async function unpackWheels(wheels, destination, { python, control }) {
  const command = [...python, SCRIPT, destination, ...wheels];
  const result = await run(command, { watch: destination, onProgress: (bytes) => control.progress(bytes) });
  if (result.code === 0) return JSON.parse(result.stdout);
  const what = wheels.map((wheel) => basename(wheel)).join(', ');
  throw new SetupFailure(
    'unpack',
    `Cannot unpack ${what}: ${result.problem ?? errorIn(result.stderr)}.`,
    'The file may be incomplete: fetch it again.',
  );
}

/**
 * A wheel of another release may keep its files elsewhere; better said here than by the compiler.
 *
 * @param {readonly string[]} files
 * @param {readonly string[]} libraries
 */
export function requireKnownLayout(files, libraries) {
  const missing = libraries.filter((library) => !files.includes(`lib/${library}`));
  const headers = files.filter((file) => file.startsWith('include/')).length;
  if (missing.length === 0 && headers >= FEWEST_HEADERS) return;
  const found = missing.length ? `${missing.join(' and ')} not in it` : `only ${headers} headers in it`;
  throw new SetupFailure('unpack', `The TensorFlow wheel has an unknown layout: ${found}.`, 'Use the wheel of the release named above.');
}
