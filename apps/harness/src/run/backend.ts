import { availableParallelism } from 'node:os';
import { ContinualLearningError } from '@cl/core';
import { type LoadedBackend, useBestBackend } from '@cl/node';
import * as tf from '@tensorflow/tfjs-core';
import type { RunSpec } from '../results/schema.js';

/** What runs the numbers in this process. */
export interface Backend extends LoadedBackend {
  /** Threads for one operation. */
  readonly threads: number;
  /** How steps are run here unless asked otherwise. */
  readonly compiler: RunSpec['compiler'];
}

let loaded: Promise<Backend> | null = null;

/**
 * Makes the best back end there is the active one. It is loaded once a process: only the first call can choose the number of threads.
 *
 * @param threads Default: TF_NUM_INTRAOP_THREADS, else one a processor.
 */
export async function loadBackend(threads?: number | null): Promise<Backend> {
  loaded ??= load(threads ?? undefined);
  const best = await loaded;
  if (tf.getBackend() !== best.backend) await tf.setBackend(best.backend);
  return best;
}

async function load(threads: number | undefined): Promise<Backend> {
  const best = await useBestBackend(threads === undefined ? {} : { threads: { intra: threads } });
  const used = threads ?? (Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism());
  const native = best.backend === 'tensorflow';
  return { ...best, threads: native ? used : 1, compiler: native ? 'graph' : 'eager' };
}

/** Throws CL_NATIVE where a run's steps are to be compiled and cannot be here: other numbers must not pass for its own. */
export function checkCompiler({ compiler }: Pick<RunSpec, 'compiler'>, { backend }: Pick<Backend, 'backend'>): void {
  if (compiler !== 'graph' || backend === 'tensorflow') return;
  throw new ContinualLearningError(
    'CL_NATIVE',
    'This run is of compiled steps, which need native TensorFlow. Set it up with: cl setup. Or begin another run, with --eager.',
  );
}
