// Run as a child process with a copy of tfjs-node-gpu as its argument: loads what would be loaded there, times a matrix
// product and prints one JSON line. A crash of native code then ends this process only.
import { messageOf } from './failure.mjs';
import { threadCount } from './platform.mjs';
import { prepareProcess, requireJavaScript, requireTensorFlow } from './runtime.mjs';

/** @import { ProbeResult } from './types.d.mts' */
/** @typedef {typeof import('@tensorflow/tfjs-core')} TensorFlow */

/** @param {TensorFlow} tf @param {number} size @returns {Promise<number>} milliseconds, the best of five */
async function timeMatmul(tf, size) {
  const matrix = tf.ones([size, size]);
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const started = performance.now();
    const product = tf.matMul(matrix, matrix);
    await product.data();
    best = Math.min(best, performance.now() - started);
    product.dispose();
  }
  return best;
}

/**
 * @param {TensorFlow} tf
 * @param {number} size
 * @param {Pick<ProbeResult, 'backend' | 'version' | 'device' | 'startMilliseconds' | 'error'>} about
 * @returns {Promise<ProbeResult>}
 */
async function measure(tf, size, about) {
  const milliseconds = await timeMatmul(tf, size);
  return {
    ...about,
    threads: threadCount(),
    matmulSize: size,
    matmulMilliseconds: milliseconds,
    gflops: (2 * size ** 3) / milliseconds / 1e6,
  };
}

/** @param {string} folder @returns {Promise<ProbeResult>} */
async function probeNative(folder) {
  const started = performance.now();
  const tf = requireTensorFlow(folder);
  const native = /** @type {import('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend').NodeJSKernelBackend} */ (tf.backend());
  const device = native.isUsingGpuDevice ? 'gpu' : 'cpu';
  const startMilliseconds = performance.now() - started;
  return measure(tf, 1024, { backend: 'tensorflow', version: native.binding.TF_Version, device, startMilliseconds, error: null });
}

/** @param {string} folder @param {string} error why not native @returns {Promise<ProbeResult>} */
async function probeJavaScript(folder, error) {
  const started = performance.now();
  const tf = await requireJavaScript(folder);
  const startMilliseconds = performance.now() - started;
  return measure(tf, 256, { backend: 'cpu', version: tf.version_core, device: 'cpu', startMilliseconds, error });
}

const folder = process.argv[2] ?? '';
prepareProcess();
const result = await probeNative(folder).catch((error) => probeJavaScript(folder, messageOf(error)));
process.stdout.write(`${JSON.stringify(result)}\n`);
