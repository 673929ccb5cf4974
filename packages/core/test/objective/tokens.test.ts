import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  adam,
  type Batch,
  concatBatches,
  meanLoss,
  NO_TARGET,
  type TaskData,
  tokenClassification,
  valueAndGradients,
} from '../../src/index.js';
import { rowLosses } from '../../src/objective/objective.js';
import { tinyTagger, tinyTokens } from '../../src/testing/index.js';
import { numbers, onCpu, refusal, refused, withLearner } from '../learner/support.js';

onCpu();

const NONE = NO_TARGET;
const objective = tokenClassification();
const batchOf = (y: number[][], weight: number[], competing: number[][] | null = null): Batch => ({
  x: null,
  y: tf.tensor2d(y, undefined, 'int32'),
  weight: tf.tensor1d(weight),
  competing: competing && tf.tensor2d(competing),
  extra: {},
});
/** −log softmax(logits)[label] */
const loss = (logits: readonly number[], label: number) => Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0)) - logits[label]!;

describe('tokenClassification', () => {
  const logits = [
    [
      [1, 0, -1],
      [0, 2, 0],
      [5, 5, 5],
    ],
    [
      [0, 0, 3],
      [9, 0, 0],
      [0, 9, 0],
    ],
    [
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ],
  ];
  const labels = [
    [0, 1, NONE],
    [1, NONE, NONE],
    [2, 2, 2],
  ];

  it('is the mean over tokens with a target, rows of padding left out', () => {
    tf.tidy(() => {
      const batch = batchOf(labels, [1, 1, 0]);
      const expected = [loss([1, 0, -1], 0), loss([0, 2, 0], 1), loss([0, 0, 3], 1)];
      const mean = expected.reduce((sum, value) => sum + value) / 3;
      expect(meanLoss(objective, tf.tensor3d(logits), batch).dataSync()[0]).toBeCloseTo(mean, 5);
      const { accuracy } = objective.measure(tf.tensor3d(logits), batch);
      expect([numbers(accuracy!.sum), numbers(accuracy!.weight)]).toEqual([[2], [3]]);
      // A row's own loss is the mean over its tokens.
      const rows = numbers(rowLosses(objective, tf.tensor3d(logits), batch));
      expect(rows[0]).toBeCloseTo((expected[0]! + expected[1]!) / 2, 5);
      expect(rows[1]).toBeCloseTo(expected[2]!, 5);
      return [];
    });
  });

  it('has no gradient where there is no target, and none at outputs that do not compete for the row', () => {
    tf.tidy(() => {
      const competing = [
        [1, 1, 0],
        [0, 1, 1],
        [1, 1, 1],
      ];
      const { gradients } = valueAndGradients(
        ({ z }) => ({ loss: meanLoss(objective, z!, batchOf(labels, [1, 1, 0], competing)), aux: null }),
        { z: tf.tensor3d(logits) },
      );
      const g = gradients.z!.arraySync() as number[][][];
      const none = [0, 0, 0];
      expect([g[0]![2], g[1]![1], g[1]![2], ...g[2]!].map((row) => row!.map(Math.abs))).toEqual([none, none, none, none, none, none]);
      // softmax of [1, 0] at the first token of row 0, that of [0, 3] at the first of row 1; three tokens count.
      const s = 1 / (1 + Math.exp(-1));
      const t = 1 / (1 + Math.exp(-3));
      for (const [got, wanted] of [
        [g[0]![0]!, [(s - 1) / 3, (1 - s) / 3, 0]],
        [g[1]![0]!, [0, -t / 3, t / 3]],
      ] as const)
        got.forEach((value, i) => void expect(value).toBeCloseTo(wanted[i]!, 5));
      return [];
    });
  });

  it('has loss 0, and gradient 0, on a batch without any target', () => {
    tf.tidy(() => {
      const { loss, gradients } = valueAndGradients(({ z }) => ({ loss: meanLoss(objective, z!, batchOf([[NONE, -1]], [1])), aux: null }), {
        z: tf.tensor3d([
          [
            [1, 2],
            [3, 4],
          ],
        ]),
      });
      expect([...numbers(loss), ...numbers(gradients.z!)].map(Math.abs)).toEqual([0, 0, 0, 0, 0]);
      return [];
    });
  });

  it('refuses labels that name no output', async () => {
    for (const y of [[0, 3], [0.5], [Number.NaN]])
      expect(await refused(() => objective.check!(Float32Array.from(y), 3, [1]))).toMatch(
        /^CL_LABEL tokenClassification\(\): labels must be/,
      );
    objective.check!(Int32Array.of(0, 2, NONE, -1), 3, [2]);
    expect(await refused(() => objective.check!(Float32Array.of(0, 2), 3, [2]))).toMatch(
      /^CL_SHAPE tokenClassification\(\): .*received float32/,
    );
  });
});

describe('a tagger', () => {
  const task = (index: number, labels: readonly number[]): TaskData => ({
    index,
    name: `tags ${labels}`,
    classes: labels,
    train: tinyTokens({ rows: 40, labels, seed: index + 1 }),
    test: tinyTokens({ rows: 30, labels, seed: index + 11 }),
  });
  const options = { model: tinyTagger(), objective, optimizer: adam(0.03) };

  it('learns tags one set after another, evaluates by token, and predicts for each token', async () => {
    await withLearner({ ...options, scenario: 'task' }, async (learner) => {
      const [first, second] = [task(0, [0, 1]), task(1, [2, 3])];
      await learner.learn(first, { epochs: 12, batchSize: 16 });
      expect((await learner.evaluate(first, { batchSize: 7 })).accuracy).toBeGreaterThan(0.95);
      await learner.learn(second, { epochs: 12, batchSize: 16 });
      const [whole, parts] = [await learner.evaluate(second), await learner.evaluate(second, { batchSize: 7 })];
      expect(whole.accuracy).toBeGreaterThan(0.95);
      expect(parts.accuracy).toBeCloseTo(whole.accuracy!, 6);
      expect(parts.loss).toBeCloseTo(whole.loss!, 5);
      tf.tidy(() => {
        const x = { ids: tf.ones([2, 5], 'int32'), attentionMask: tf.ones([2, 5], 'int32') };
        const outputs = learner.predict(x, { task: second });
        expect(outputs.shape).toEqual([2, 5, 4]);
        expect([...new Set(numbers(tf.argMax(outputs, -1)))].every((label) => label >= 2)).toBe(true);
        return [];
      });
    });
  });

  it('grows by tags', async () => {
    await withLearner({ ...options, model: tinyTagger({ outputs: 2 }), scenario: 'class' }, async (learner) => {
      await learner.learn(task(0, [0, 1]), { epochs: 1 });
      learner.grow(2);
      await learner.learn(task(1, [2, 3]), { epochs: 24, batchSize: 16 });
      expect((await learner.evaluate(task(1, [2, 3]))).accuracy).toBeGreaterThan(0.9);
    });
  });

  it('is refused labels that do not compete, with the row', async () => {
    await withLearner({ ...options, scenario: 'class' }, async (learner) => {
      const wrong = { ...task(0, [0, 1]), classes: [0] };
      expect(await refusal(learner.learn(wrong))).toMatch(/^CL_LABEL task 0 .*: row 0 has label 1, which is not among the classes/);
    });
  });

  it('has batches that can be put together', () => {
    tf.tidy(() => {
      const one = { ...batchOf([[0, 1]], [1]), x: { ids: tf.ones([1, 2], 'int32'), attentionMask: tf.ones([1, 2], 'int32') } };
      const both = concatBatches(one, one);
      expect([both.y.shape, (both.x as tf.NamedTensorMap).ids!.shape]).toEqual([
        [2, 2],
        [2, 2],
      ]);
      return [];
    });
  });
});
