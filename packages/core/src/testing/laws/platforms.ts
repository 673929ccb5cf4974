import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { onBackend, type Platform, platforms } from '../setup.js';
import { learnAll, learnerOptions, type Subject, streamOf, valuesOf, withLearner } from '../subject.js';
import type { Law } from './law.js';

/** How far two platforms may be apart after some steps: absolute, or relative to the value where that is more. */
const TOLERANCE = 1e-5;

/** @param more Platforms beside those that are set up for all contracts. */
export const agreesEverywhere = (more: readonly Platform[]): Law => ({
  name: 'computes the same on every platform, compiled and not',
  async check(subject, straight) {
    const set = await platforms();
    const all = [...(typeof set === 'string' ? [] : set), ...more];
    if (all.length === 0) return set as string;
    const { values: expected } = await straight();
    for (const platform of all) {
      const values = await onBackend(platform.backend, () => valuesOn(subject, platform));
      for (const [name, numbers] of expected) {
        const off = Math.max(...numbers.map((number, i) => Math.abs(number - values.get(name)![i]!) / Math.max(1, Math.abs(number))));
        expect(off, `'${name}' on ${platform.name}: largest difference from eager on cpu`).toBeLessThan(TOLERANCE);
      }
    }
  },
});

async function valuesOn(subject: Subject, platform: Platform): Promise<Values> {
  const first = await counted(() => run(subject, platform));
  if (first.left === 0) return first.result;
  // What a back end or a compiler keeps once and for all is not the strategy's.
  const second = await counted(() => run(subject, platform));
  expect(second.left, `tensors left on ${platform.name} after all is disposed`).toBe(0);
  return second.result;
}

type Values = ReadonlyMap<string, readonly number[]>;

async function counted<T>(work: () => Promise<T>): Promise<{ result: T; left: number }> {
  const before = tf.memory().numTensors;
  const result = await work();
  return { result, left: tf.memory().numTensors - before };
}

function run(subject: Subject, { compiler }: Platform): Promise<Values> {
  const stream = streamOf(subject);
  return withLearner(learnerOptions(subject, stream, { compiler }), async (learner) => {
    await learnAll(learner, stream.tasks, subject.learn);
    return valuesOf(learner);
  });
}
