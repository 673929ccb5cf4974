import {
  compose,
  Learner,
  type LearnOptions,
  languageModel,
  maskedLanguageModel,
  type Objective,
  sgd,
  type TaskData,
  tokenClassification,
} from '@cl/core';
import { tinyTagger, tinyTokens } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { graph } from '../../src/graph/index.js';
import { native } from './support.js';

beforeAll(native);

const VOCABULARY = 12;
const labels = Array.from({ length: VOCABULARY }, (_, id) => id);
const task: TaskData = {
  ...{ index: 0, name: 'tokens', classes: [] },
  train: tinyTokens({ rows: 20, labels, seed: 1 }),
  test: tinyTokens({ rows: 12, labels, seed: 2 }),
};

async function learned(objective: Objective, compiled: boolean, how: LearnOptions = {}) {
  const model = tinyTagger({ vocabulary: VOCABULARY, outputs: VOCABULARY });
  const optimizer = sgd({ learningRate: 0.3, groups: [{ match: /bias/, learningRateFactor: 2 }] });
  const learner = new Learner({
    ...{ model, optimizer, objective, scenario: 'domain', strategy: compose(), clipNorm: 0.5, seed: 3 },
    ...(compiled && { compiler: graph({ strict: true }) }),
  });
  await learner.learn(task, { epochs: 3, batchSize: 8, ...how });
  const { loss, accuracy } = await learner.evaluate(task, { batchSize: 5 });
  const parameters = learner.parameters();
  const values = Object.values(parameters).flatMap((tensor) => [...tensor.dataSync()]);
  tf.dispose(parameters);
  learner.dispose();
  return [...values, loss!, accuracy!];
}

const far = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe('a network of tokens', () => {
  it.each([tokenClassification(), languageModel(), maskedLanguageModel({ mask: 11, vocabulary: VOCABULARY, special: [0], rate: 0.5 })])(
    'is trained alike compiled and eagerly, at once and in micro-batches: $name',
    async (objective) => {
      const eager = await learned(objective, false);
      const [whole, parts] = [await learned(objective, true), await learned(objective, true, { accumulate: 3 })];
      expect(far(whole, eager)).toBeLessThan(1e-5);
      expect(far(parts, eager)).toBeLessThan(1e-5);
    },
  );
});
