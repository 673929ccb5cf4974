import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type Compiler, eager } from '../packages/core/src/index.js';
import { nativePlatforms } from './backends.js';

/** Where a learner's steps can run. */
export interface Place {
  readonly name: 'eager' | 'compiled';
  readonly compiler: Compiler;
  /** Makes it the active back end. */
  use(): Promise<void>;
}

/** Pure JavaScript, step by step; and one call of native TensorFlow a step, where that is set up. */
export async function places(options?: { readonly verify: boolean }): Promise<readonly Place[]> {
  const native = await nativePlatforms(options);
  const compiler = typeof native === 'string' ? undefined : native.find((platform) => platform.compiler)?.compiler;
  const plain: Place = { name: 'eager', compiler: eager(), use: useCpu };
  return compiler ? [plain, { name: 'compiled', compiler, use: () => activate('tensorflow') }] : [plain];
}

/**
 * Where training is fastest on this machine, made active. Steps are not compared with eager ones on the way: that each strategy computes
 * the same on every platform is for the contract suite to show.
 */
export async function useFastest(): Promise<Place> {
  const place = (await places({ verify: false })).at(-1)!;
  await place.use();
  return place;
}

/** For tests that need no more than pure JavaScript. */
export const useCpu = (): Promise<void> => activate('cpu');

const activate = async (backend: string): Promise<void> => {
  if (!(await tf.setBackend(backend))) throw new Error(`The back end '${backend}' does not start.`);
};
