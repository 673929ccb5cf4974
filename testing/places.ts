/// <reference types="node" />
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type Compiler, ContinualLearningError, eager } from '../packages/core/src/index.js';

/** Where a learner's steps can run. */
export interface Place {
  readonly name: 'eager' | 'compiled';
  readonly compiler: Compiler;
  /** Makes it the active back end. */
  use(): Promise<void>;
}

/** Pure JavaScript, step by step; and one call of native TensorFlow a step, where that is set up. */
export async function places(): Promise<readonly Place[]> {
  const plain: Place = { name: 'eager', compiler: eager(), use: useCpu };
  const node = await nativePackage();
  return node ? [plain, { name: 'compiled', compiler: node.graph({ strict: true }), use: () => activate('tensorflow') }] : [plain];
}

/** For tests that need no more than pure JavaScript. */
export const useCpu = (): Promise<void> => activate('cpu');

const activate = async (backend: string): Promise<void> => {
  if (!(await tf.setBackend(backend))) throw new Error(`The back end '${backend}' does not start.`);
};

/** What is used of @cl/node. Its sources are not imported by name, since type checks of other packages must not take them in. */
interface NodePackage {
  graph(options: { readonly strict: boolean }): Compiler;
  loadTensorFlow(): Promise<unknown>;
}

const NODE: string = new URL('../packages/node/src/index.ts', import.meta.url).href;

async function nativePackage(): Promise<NodePackage | null> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const node = (await import(/* @vite-ignore */ NODE)) as NodePackage;
  try {
    await node.loadTensorFlow();
    return node;
  } catch (error) {
    if (ContinualLearningError.is(error, 'CL_NATIVE')) return null;
    throw error;
  }
}
