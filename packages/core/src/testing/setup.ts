import * as tf from '@tensorflow/tfjs-core';
import type { Compiler } from '../compiler/compiler.js';

/** A place to run on: a back end and what compiles for it. */
export interface Platform {
  readonly name: string;
  /** As `tf.setBackend` knows it. */
  readonly backend: string;
  /** Default: `eager()`. */
  readonly compiler?: Compiler;
}

/** What the contract runs on. All of it is asked for late, so that a setup file costs nothing where there is no contract. */
export interface ContractSetup {
  /** Registers the 'cpu' back end: `() => import('@tensorflow/tfjs')`. */
  prepare?(): Promise<unknown>;
  /** Where results must agree with those of `eager()` on 'cpu'. If there are none: a sentence that says why. */
  platforms?(): Promise<readonly Platform[] | string>;
}

const KEY = Symbol.for('@cl/contract');
const holder = globalThis as { [KEY]?: ContractSetup };

/**
 * Says what every contract in this process runs on. For a setup file of vitest; without one, import '@tensorflow/tfjs' in the tests.
 *
 * @example // vitest.config.ts: test: { setupFiles: ['./test/setup.ts'] }
 * contractSetup({ prepare: () => import('@tensorflow/tfjs') });
 */
export function contractSetup(setup: ContractSetup): void {
  holder[KEY] = setup;
}

/** The active back end is 'cpu' afterwards. */
export async function prepareCpu(): Promise<void> {
  await holder[KEY]?.prepare?.();
  if (tf.findBackend('cpu') === null) {
    throw new Error(
      "The contract runs on the 'cpu' back end, which is not registered. Import '@tensorflow/tfjs' in the test, or use contractSetup().",
    );
  }
  await tf.setBackend('cpu');
}

let found: Promise<readonly Platform[] | string> | undefined;

/** The active back end stays what it is. */
export function platforms(): Promise<readonly Platform[] | string> {
  const ask = holder[KEY]?.platforms;
  if (!ask) return Promise.resolve('no platforms are set up: see contractSetup()');
  // Loading a back end makes it the active one.
  found ??= onBackend(tf.getBackend(), ask);
  return found;
}

/** Runs on a back end, and comes back to the one before. */
export async function onBackend<T>(name: string, run: () => Promise<T>): Promise<T> {
  const before = tf.getBackend();
  if (!(await tf.setBackend(name))) throw new Error(`The back end '${name}' is not registered or does not start.`);
  try {
    return await run();
  } finally {
    await tf.setBackend(before);
  }
}
