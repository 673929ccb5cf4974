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
export async function places(): Promise<readonly Place[]> {
  const native = await nativePlatforms();
  const compiler = typeof native === 'string' ? undefined : native.find((platform) => platform.compiler)?.compiler;
  const plain: Place = { name: 'eager', compiler: eager(), use: useCpu };
  return compiler ? [plain, { name: 'compiled', compiler, use: () => activate('tensorflow') }] : [plain];
}

/** For tests that need no more than pure JavaScript. */
export const useCpu = (): Promise<void> => activate('cpu');

const activate = async (backend: string): Promise<void> => {
  if (!(await tf.setBackend(backend))) throw new Error(`The back end '${backend}' does not start.`);
};
