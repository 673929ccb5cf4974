import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect } from 'vitest';
import { ContinualLearningError, Learner, type LearnerOptions, momentum, type TaskData } from '../../src/index.js';
import { tinyMlp, tinyStream } from '../../src/testing/index.js';

/** Runs the file on the cpu back end, and refuses tensors that it leaves behind. */
export function onCpu(): void {
  let before = 0;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    before = tf.memory().numTensors;
  });
  afterAll(() => expect(tf.memory().numTensors, 'tensors left by this file').toBe(before));
}

/** Makes a learner of a tiny network, lets it work, and disposes it. */
export async function withLearner<T>(options: Partial<LearnerOptions>, work: (learner: Learner) => Promise<T> | T): Promise<T> {
  const learner = new Learner(optionsOf(options));
  try {
    return await work(learner);
  } finally {
    learner.dispose();
  }
}

/** Options of a learner of a tiny network in the scenario 'class', with others in their place. */
export const optionsOf = (options: Partial<LearnerOptions> = {}): LearnerOptions => ({
  model: tinyMlp(),
  optimizer: momentum(0.05),
  scenario: 'class',
  seed: 1,
  ...options,
});

/** Two tasks of two classes; 20 rows, so that with batches of 8 the last one has 4. */
export const tasks: readonly [TaskData, TaskData] = (() => {
  const [first, second] = tinyStream({ scenario: 'class' }).tasks;
  return [first!, second!];
})();

export const HOW = { epochs: 2, batchSize: 8 } as const;

/** 'CODE message' of the error that a promise is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (ContinualLearningError.is(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

/** 'CODE message' of the error that is thrown. */
export const refused = (run: () => unknown): Promise<string> => refusal(Promise.resolve().then(run));

/** Values of the parameters by name. */
export function valuesOf(learner: Learner): Record<string, number[]> {
  return tf.tidy(() => Object.fromEntries(Object.entries(learner.parameters()).map(([name, tensor]) => [name, [...tensor.dataSync()]])));
}

export const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

/** Compares numbers by name, up to this many digits behind the point. */
export function expectClose(actual: Record<string, number[]>, expected: Record<string, number[]>, digits: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(actual)) {
    const off = Math.max(...values.map((value, i) => Math.abs(value - expected[name]![i]!)));
    expect(off, name).toBeLessThan(0.5 * 10 ** -digits);
  }
}
