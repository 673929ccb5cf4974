import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type Deviation,
  discriminantOf,
  discriminantScores,
  type Moments,
  nearestMeanScores,
  noMoments,
  noPrototypes,
  normalized,
  ofKnown,
  random,
  updatedMoments,
  updatedPrototypes,
  widenedMoments,
} from '../../src/index.js';
import { onCpu } from '../learner/support.js';

onCpu();

const [CLASSES, UNITS, ROWS] = [4, 3, 40];
/** Rows of the first three classes, unevenly mixed, each class around a place of its own. */
const draws = random(3, 'moments');
const labels = Array.from({ length: ROWS }, () => draws.integer(3));
const rows = labels.map((label) => Array.from({ length: UNITS }, (_, u) => (u === label ? 2 : 0) + (1 + 0.3 * u) * draws.normal()));

/** The stream in batches of this size, each padded with two rows of weight zero. */
function batches(size: number, order = labels.map((_, i) => i)): (readonly [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D])[] {
  const parts = Array.from({ length: Math.ceil(ROWS / size) }, (_, k) => order.slice(k * size, (k + 1) * size));
  return parts.map(
    (part) =>
      [
        tf.tensor2d([...part.map((i) => rows[i]!), [9, 9, 9], [-9, 9, 9]]),
        tf.tensor1d([...part.map((i) => labels[i]!), 0, 2], 'int32'),
        tf.tensor1d([...part.map(() => 1), 0, 0]),
      ] as const,
  );
}

const momentsOf = (size: number, deviation?: Deviation, order?: number[]): Moments =>
  batches(size, order).reduce((moments, batch) => updatedMoments(moments, ...batch, deviation), noMoments(CLASSES, UNITS));

/** The authors' update, row by row: SLDA_Model.py, fit(). */
function rowByRow() {
  const means = Array.from({ length: CLASSES }, () => new Float64Array(UNITS));
  const counts = new Float64Array(CLASSES);
  let covariance = Array.from({ length: UNITS }, () => Array.from({ length: UNITS }, () => 1));
  rows.forEach((row, t) => {
    const own = means[labels[t]!]!;
    const gap = row.map((value, u) => value - own[u]!);
    covariance = covariance.map((line, a) => line.map((old, b) => (t * old + (gap[a]! * gap[b]! * t) / (t + 1)) / (t + 1)));
    for (let u = 0; u < UNITS; u++) own[u]! += gap[u]! / (counts[labels[t]!]! + 1);
    counts[labels[t]!]!++;
  });
  return { means: means.map((mean) => [...mean]), counts: [...counts], covariance };
}

const lists = (tensor: tf.Tensor) => tensor.arraySync() as number[][];

function expectClose(actual: number[][], expected: readonly (readonly number[])[]): void {
  for (const [i, row] of expected.entries()) for (const [j, value] of row.entries()) expect(actual[i]![j]).toBeCloseTo(value, 5);
}

describe('streaming moments', () => {
  it.each([1, 7, 40])("are the authors', row by row, in batches of %i", (size) => {
    tf.tidy(() => {
      const { prototypes, scatter, seen } = momentsOf(size);
      const expected = rowByRow();
      expectClose(lists(prototypes.means), expected.means);
      expect(prototypes.counts.arraySync()).toEqual(expected.counts);
      expect(seen.arraySync()).toBe(ROWS);
      expectClose(lists(tf.div(scatter, seen)), expected.covariance);
    });
  });

  it("by 'within' are the scatter around class means, in whatever order rows come", () => {
    tf.tidy(() => {
      const { means } = rowByRow();
      const gaps = tf.tensor2d(rows.map((row, i) => row.map((value, u) => value - means[labels[i]!]![u]!)));
      const expected = lists(tf.div(tf.matMul(gaps, gaps, true), ROWS));
      const covariance = ({ scatter, seen }: Moments) => lists(tf.div(scatter, seen));
      expectClose(covariance(momentsOf(7, 'within')), expected);
      expectClose(covariance(momentsOf(11, 'within', [...random(1, 'order').permutation(ROWS)])), expected);
      // The paper's depend on it a little: the first row of a class counts as one at a distance from 0.
      const [a, b] = [momentsOf(7).scatter, momentsOf(7, 'streaming', [...random(1, 'order').permutation(ROWS)]).scatter];
      expect(tf.max(tf.abs(tf.sub(a, b))).arraySync()).toBeGreaterThan(0.1);
    });
  });

  it('go on where the model has got more classes', () => {
    tf.tidy(() => {
      const some = batches(20);
      const half = updatedMoments(noMoments(3, UNITS), ...some[0]!);
      const { prototypes, scatter } = updatedMoments(widenedMoments(half, CLASSES), ...some[1]!);
      const straight = momentsOf(20);
      expect(lists(prototypes.means)).toEqual(lists(straight.prototypes.means));
      expect(lists(scatter)).toEqual(lists(straight.scatter));
    });
  });
});

describe('the discriminant', () => {
  it('is Bayes for Gaussians of one covariance: two classes in the plane, by hand', () => {
    tf.tidy(() => {
      const moments: Moments = {
        prototypes: { means: tf.tensor2d([[2, 0], [0, 1]]), counts: tf.tensor1d([5, 5]) }, // biome-ignore format: a matrix
        scatter: tf.tensor2d([[40, 0], [0, 10]]), // biome-ignore format: a matrix
        seen: tf.scalar(10),
      };
      // Λ = (½ diag(4, 1) + ½ I)⁻¹ = diag(0.4, 1); w = Λμ, b = −½ μᵀw.
      const { weights, bias } = discriminantOf(moments, 0.5);
      expectClose(lists(weights), [
        [0.8, 0],
        [0, 1],
      ]);
      expectClose([bias.arraySync()], [[-0.8, -0.5]]);
      expectClose(lists(discriminantScores(tf.tensor2d([[1, 3]]), { weights, bias })), [[0, 2.5]]);
    });
  });

  it('with all of the identity ranks classes as the nearest mean does', () => {
    tf.tidy(() => {
      const moments = momentsOf(40);
      const [some] = batches(40);
      const linear = discriminantScores(some![0], discriminantOf(moments, 1));
      const near = nearestMeanScores(some![0], moments.prototypes.means);
      // They differ by ½ ‖x‖² in each row.
      const gap = tf.sub(linear, tf.div(near, 2));
      expect(tf.max(tf.abs(tf.sub(gap, tf.div(tf.sum(tf.square(some![0]), 1, true), 2)))).arraySync()).toBeLessThan(1e-4);
    });
  });
});

describe('prototypes', () => {
  it('are the means of the rows that are there, and do not change with the batches', () => {
    tf.tidy(() => {
      for (const size of [1, 7, 40]) {
        const { means, counts } = batches(size).reduce((all, batch) => updatedPrototypes(all, ...batch), noPrototypes(CLASSES, UNITS));
        expectClose(lists(means), rowByRow().means);
        expect(counts.arraySync()).toEqual(rowByRow().counts);
        expect(lists(means)[3]).toEqual([0, 0, 0]);
      }
    });
  });

  it('score by the negative squared distance', () => {
    tf.tidy(() => {
      const scores = nearestMeanScores(tf.tensor2d([[1, 2]]), tf.tensor2d([[1, 2], [4, -2]])); // biome-ignore format: a matrix
      expectClose(lists(scores), [[0, -25]]);
    });
  });
});

describe('scores', () => {
  it('of classes that nothing is known of lie below all others', () => {
    tf.tidy(() => {
      const scores = lists(ofKnown(tf.tensor2d([[-1e4, 5, 3]]), tf.tensor1d([2, 0, 1]), 4));
      expect(scores).toEqual([[-1e4, -1e9, 3, -1e9]]);
    });
  });

  it('of rows with a length of 1; a row of zeros stays one', () => {
    tf.tidy(() => expectClose(lists(normalized(tf.tensor2d([[3, 4], [0, 0]]))), [[0.6, 0.8], [0, 0]])); // biome-ignore format: a matrix
  });
});
