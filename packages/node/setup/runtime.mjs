import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';

/** Measured on an MLP's training step, two threads: native TensorFlow against pure JavaScript. */
export const JAVASCRIPT_SLOWDOWN = 75;

/**
 * What must be in place before TensorFlow is loaded, in the main thread: a worker's environment is only a copy, which
 * native code does not see.
 *
 * @param {{ intra?: number | undefined, inter?: number | undefined }} [threads]
 * @param {Record<string, string | undefined>} [environment]
 */
export function prepareProcess(threads = {}, environment = process.env) {
  // tfjs-node-gpu 4.22.0 calls these two, and Node 24 has dropped the first; on Node 22 the second prints a warning.
  Object.assign(util, { isNullOrUndefined: (/** @type {unknown} */ value) => value == null, isArray: Array.isArray });
  environment.TF_CPP_MIN_LOG_LEVEL ??= '3';
  // A small training step is one call into TensorFlow, and handing it to a second pool of threads costs more than it brings. Larger graphs ask for one.
  environment.TF_NUM_INTEROP_THREADS = threads.inter?.toString() ?? environment.TF_NUM_INTEROP_THREADS ?? '-1';
  // Each graph has threads of its own, as many as pay for what it computes.
  environment.TF_OVERRIDE_GLOBAL_THREADPOOL ??= '1';
  if (threads.intra !== undefined) environment.TF_NUM_INTRAOP_THREADS = threads.intra.toString();
  // TensorFlow would otherwise take the whole memory of a GPU that others use too.
  environment.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
}

/**
 * @param {string} packageFolder copy of tfjs-node-gpu whose addon is in place
 * @returns {typeof import('@tensorflow/tfjs-node-gpu')}
 */
export const requireTensorFlow = (packageFolder) => requireFrom(packageFolder, packageFolder);

/**
 * The pure JavaScript back end comes along with tfjs-node-gpu, so nobody has to install it.
 *
 * @param {string} packageFolder
 * @returns {Promise<typeof import('@tensorflow/tfjs-core')>}
 */
export async function requireJavaScript(packageFolder) {
  const tf = requireFrom(packageFolder, '@tensorflow/tfjs');
  await tf.setBackend('cpu');
  // It would print six lines that recommend a package whose download is the trouble in the first place.
  Object.assign(tf.backend(), { firstUse: false });
  return tf;
}

/** @param {string} folder @param {string} name */
const requireFrom = (folder, name) => createRequire(join(folder, 'package.json'))(name);
