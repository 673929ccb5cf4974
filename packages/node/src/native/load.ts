import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ContinualLearningError } from '@cl/core';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { inspectLink } from '../../setup/link.mjs';
import { ownCommand, ownFolder } from '../../setup/own-package.mjs';
import { JAVASCRIPT_SLOWDOWN, prepareProcess, requireJavaScript, requireTensorFlow } from '../../setup/runtime.mjs';

/** How many threads TensorFlow uses. Only the first load in a process can choose. */
export interface ThreadOptions {
  /** Threads inside one operation. Defaults to TF_NUM_INTRAOP_THREADS, else what pays for each graph, at most one a processor. */
  intra?: number;
  /** Operations of a graph that run at a time. Defaults to TF_NUM_INTEROP_THREADS, else what pays for each graph: one or two. */
  inter?: number;
}

export interface LoadOptions {
  threads?: ThreadOptions;
}

/** What runs the numbers. */
export interface LoadedBackend {
  backend: 'tensorflow' | 'cpu';
  /** Of the native library, or of TensorFlow.js where there is none. */
  version: string;
  device: 'cpu' | 'gpu';
}

/** Native TensorFlow, loaded. */
export interface NativeBackend extends LoadedBackend {
  backend: 'tensorflow';
}

/**
 * Loads native TensorFlow under @tensorflow/tfjs-core: quiet, with the settings that make small training steps fast, and
 * on every Node from 20 on. Call it in the main thread, also for workers: native code does not see a worker's environment.
 *
 * @throws ContinualLearningError `CL_NATIVE` when it is not on this machine; the message names the command that sets it up.
 *
 * @example
 * const { version, device } = await loadTensorFlow({ threads: { intra: 2 } });
 * console.log(`TensorFlow ${version} on the ${device}`);
 */
export async function loadTensorFlow(options: LoadOptions = {}): Promise<NativeBackend> {
  const folder = findPackage();
  requireAddon(folder);
  prepareProcess(options.threads);
  const tf = loadFrom(folder);
  await tf.setBackend('tensorflow');
  const { binding, isUsingGpuDevice } = tf.backend() as NodeJSKernelBackend;
  return { backend: 'tensorflow', version: binding.TF_Version, device: isUsingGpuDevice ? 'gpu' : 'cpu' };
}

/**
 * Native TensorFlow where it is, else pure JavaScript with one line on stderr that says so and how to change it.
 *
 * @example
 * const { backend } = await useBestBackend();  // 'tensorflow' or 'cpu'
 */
export async function useBestBackend(options: LoadOptions = {}): Promise<LoadedBackend> {
  try {
    return await loadTensorFlow(options);
  } catch (error) {
    if (!ContinualLearningError.is(error, 'CL_NATIVE')) throw error;
    const tf = await requireJavaScript(findPackage());
    warnOnce(`Pure JavaScript, about ${JAVASCRIPT_SLOWDOWN}x slower than native TensorFlow. ${error.message}\n`);
    return { backend: 'cpu', version: tf.version_core, device: 'cpu' };
  }
}

let warned = false;

function warnOnce(line: string): void {
  if (!warned) process.stderr.write(line);
  warned = true;
}

function findPackage(): string {
  try {
    return dirname(createRequire(join(ownFolder, 'package.json')).resolve('@tensorflow/tfjs-node-gpu/package.json'));
  } catch (cause) {
    throw new ContinualLearningError(
      'CL_NATIVE',
      '@tensorflow/tfjs-node-gpu is not installed beside @cl/node. Install the packages again.',
      {
        cause,
      },
    );
  }
}

/** Asked before the import: tfjs-node's own message would send people to a download that cannot work. */
function requireAddon(folder: string): void {
  const link = inspectLink(folder);
  if (link.state === 'missing') throw notHere('Native TensorFlow is not set up.');
  if (link.state === 'dangling') throw notHere(`Native TensorFlow was removed from ${link.target}.`);
  if (link.state === 'damaged') throw notHere(`Native TensorFlow is damaged: ${link.problem} in ${link.entry}.`);
}

function loadFrom(folder: string): typeof import('@tensorflow/tfjs-node-gpu') {
  try {
    return requireTensorFlow(folder);
  } catch (cause) {
    throw new ContinualLearningError(
      'CL_NATIVE',
      `Native TensorFlow does not load: ${cause instanceof Error ? cause.message : cause}. Run: ${ownCommand('setup --force')}`,
      { cause },
    );
  }
}

const notHere = (problem: string) => new ContinualLearningError('CL_NATIVE', `${problem} Run: ${ownCommand('setup')}`);
