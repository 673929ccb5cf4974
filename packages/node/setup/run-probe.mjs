import { fileURLToPath } from 'node:url';
import { threadCount } from './platform.mjs';
import { errorIn, run } from './run.mjs';

/** @import { ProbeResult } from './types.d.mts' */

const PROBE = fileURLToPath(new URL('./probe.mjs', import.meta.url));

/**
 * What a program that uses this copy of tfjs-node-gpu would run on, found out in a process of its own.
 *
 * @param {string} packageFolder
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {Promise<ProbeResult>}
 */
export async function runProbe(packageFolder, environment = process.env) {
  // Whatever the caller's Node was started with (loaders, inspectors) is not to be part of the answer.
  const env = { ...environment, NODE_OPTIONS: '' };
  const result = await run([process.execPath, PROBE, packageFolder], { env, limitSeconds: 120 });
  if (result.code === 0) return JSON.parse(result.stdout);
  const error = result.problem ?? (result.signal ? `Loading it ended with ${result.signal}.` : errorIn(result.stderr));
  const nothing = { version: null, device: null, startMilliseconds: null, matmulSize: null, matmulMilliseconds: null, gflops: null };
  return { backend: null, ...nothing, threads: threadCount(), error };
}
