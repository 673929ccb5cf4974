import { matrixOf, svd } from '@cl/core';
import { fc, test } from '@fast-check/vitest';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../../testing/places.js';
import { tidied } from '../../../../testing/watched.js';
import { dare, lowRank, ties } from '../../src/index.js';
import { expectNear, flat, one, parametersOf, valuesOf, w } from './support.js';

beforeAll(useCpu);

describe('TIES', () => {
  const merged = (rows: readonly number[][], keep = 1) =>
    tidied(() =>
      flat(
        valuesOf(() =>
          ties(
            rows.map((row) => one(row)),
            { keep },
          ),
        ).w!,
      ),
    );

  it('of one difference that is kept whole is that difference', () => {
    expect(valuesOf(() => ties([parametersOf(1)], { keep: 1 }))).toEqual(valuesOf(() => parametersOf(1)));
  });

  it('trims, elects a sign, and takes the mean of those that have it', () => {
    //   kept, half of four:      3  .  . -4      signs +  .  +  -        3  .  2 -4
    //                           -1  .  2  .                          (-1 lost to 3)
    expect(
      merged(
        [
          [3, 1, 0.5, -4],
          [-1, 0.25, 2, 0],
        ],
        0.5,
      ),
    ).toEqual([3, 0, 2, -4]);
    // All are kept: of 1, 2 and −2 the sum is positive, and the mean of 1 and 2 is 1.5.
    expect(merged([[1], [2], [-2]])).toEqual([1.5]);
    // Nobody wins.
    expect(merged([[2], [-2]])).toEqual([0]);
  });

  it('keeps the largest of all parameters together, not of each', () => {
    const two = () => ({ large: tf.tensor1d([9, -8]), small: tf.tensor1d([1, 2]) });
    expect(valuesOf(() => ties([two()], { keep: 0.5 }))).toEqual({ large: [9, -8], small: [0, 0] });
  });

  test.prop([fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 1, maxLength: 5 })])(
    'lies between the largest and the smallest of those on the side of the sum',
    (rows) => {
      for (const [i, value] of merged(rows.map((row) => [...row])).entries()) {
        const own = rows.map((row) => row[i]!);
        const sum = own.reduce((a, b) => a + b);
        const agreeing = own.filter((entry) => entry !== 0 && entry > 0 === sum > 0);
        if (sum === 0) expect(value).toBe(0);
        else {
          expect(value).toBeGreaterThanOrEqual(Math.min(...agreeing) - 1e-5);
          expect(value).toBeLessThanOrEqual(Math.max(...agreeing) + 1e-5);
        }
      }
    },
  );

  it('refuses none, others, and shares that are none', () => {
    expect(() => ties([])).toThrow(/received no differences/);
    expect(() => tidied(() => void ties([one([1]), { v: tf.tensor1d([1]) }]))).toThrow(/CL_MODEL|have no/);
    expect(() => ties([], { keep: 0 })).toThrow(/keep must be a number/);
  });
});

describe('DARE', () => {
  const delta = () => one(Array.from({ length: 400 }, (_, i) => i + 1));

  it('drops a share of the entries, and scales the others up', () => {
    const values = flat(valuesOf(() => dare(delta(), { drop: 0.75, seed: 3 })).w!);
    const kept = values.filter((value) => value !== 0);
    expect(kept.length / values.length).toBeGreaterThan(0.19);
    expect(kept.length / values.length).toBeLessThan(0.31);
    values.forEach((value, i) => {
      if (value !== 0) expect(value).toBe(4 * (i + 1));
    });
  });

  it('is the difference on the average of seeds', () => {
    const sum = new Float64Array(400);
    const seeds = 400;
    for (let seed = 0; seed < seeds; seed++) {
      for (const [i, value] of flat(valuesOf(() => dare(delta(), { drop: 0.5, seed })).w!).entries()) sum[i]! += value / seeds;
    }
    // The deviation of a mean of `seeds` draws of 0 or 2 is 1 / √seeds = 0.05.
    for (const [i, mean] of sum.entries()) expect(Math.abs(mean / (i + 1) - 1)).toBeLessThan(0.05 * 4.5);
  });

  it('draws the same with the same seed, and for each parameter anew', () => {
    const both = () => ({ a: tf.ones([200]), b: tf.ones([200]) });
    const drawn = (seed: number) => valuesOf(() => dare(both(), { drop: 0.5, seed }));
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
    expect(drawn(1).a).not.toEqual(drawn(1).b);
    expect(valuesOf(() => dare(both(), { drop: 0 }))).toEqual(valuesOf(both));
  });

  it('refuses to drop all', () => expect(() => dare({}, { drop: 1 })).toThrow(/drop must be a number in \[0, 1\)/));
});

describe('of low rank', () => {
  const shapes = [
    [9, 5],
    [4, 11],
    [3, 3, 2, 6],
  ];
  const matrix = (shape: number[], seed = 1) => ({ w: tf.randomNormal(shape, 0, 1, 'float32', seed), bias: tf.tensor1d([1, 2]) });
  const ranksAt = (make: () => NamedTensorMap, variance: number) => tidied(() => lowRank(make(), { variance }).ranks.w!);

  it.each(shapes)('with all of its variance a matrix is rebuilt: [%i, %i, …]', (...shape) => {
    expectNear(
      valuesOf(() => lowRank(matrix(shape), { variance: 1 }).difference),
      valuesOf(() => matrix(shape)),
      1e-4,
    );
  });

  it.each(shapes)(
    'the rank is the least that keeps the share of variance, by the singular values, and rises with it: [%i, %i, …]',
    (...shape) => {
      const squares = tidied(() => svd(matrixOf(w(matrix(shape)))).values.map((value) => value ** 2));
      const all = squares.reduce((sum, square) => sum + square);
      let last = 0;
      for (const variance of [0.1, 0.3, 0.5, 0.8, 0.95, 1]) {
        const rank = ranksAt(() => matrix(shape), variance);
        const kept = (count: number) => squares.slice(0, count).reduce((sum, square) => sum + square, 0) / all;
        expect(kept(rank)).toBeGreaterThanOrEqual(variance - 1e-9);
        expect(kept(rank - 1)).toBeLessThan(variance);
        expect(rank).toBeGreaterThanOrEqual(last);
        last = rank;
      }
    },
  );

  it('what is dropped is as large as the singular values that are dropped: no matrix of that rank is nearer', () => {
    const [dropped, expected] = tidied(() => {
      const { difference, ranks } = lowRank(matrix([9, 5]), { variance: 0.6 });
      const left = svd(matrixOf(w(matrix([9, 5])))).values.slice(ranks.w!);
      return [
        tf.norm(tf.sub(w(matrix([9, 5])), w(difference))).dataSync()[0]!,
        Math.sqrt(left.reduce((sum, value) => sum + value ** 2, 0)),
      ];
    });
    expect(dropped).toBeCloseTo(expected, 4);
  });

  it('finds the rank of what has one, and 0 of nothing; biases stay', () => {
    const product = () => ({ w: tf.matMul(tf.randomNormal([8, 2], 0, 1, 'float32', 1), tf.randomNormal([2, 6], 0, 1, 'float32', 2)) });
    expect(ranksAt(product, 0.999999)).toBe(2);
    expect(ranksAt(() => ({ w: tf.zeros([4, 3]) }), 1)).toBe(0);
    expect(valuesOf(() => lowRank(matrix([9, 5]), { variance: 0.1 }).difference).bias).toEqual([1, 2]);
  });

  it('refuses shares that are none', () => expect(() => lowRank({}, { variance: 0 })).toThrow(/variance must be a number in \(0, 1\]/));
});
