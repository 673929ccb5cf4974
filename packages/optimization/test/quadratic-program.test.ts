import { random } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { places, useCpu } from '../../../testing/places.js';
import { tidied } from '../../../testing/watched.js';
import { boundedQuadratic } from '../src/quadratic-program.js';

beforeAll(useCpu);
const where = await places();

const solved = (P: readonly (readonly number[])[], q: readonly number[], lower = 0): number[] =>
  tidied(() => boundedQuadratic(tf.tensor2d(P.map((row) => [...row])), tf.tensor1d([...q]), lower).arraySync());

describe('the minimum of ½ vᵀPv + qᵀv over v ≥ lower', () => {
  it('of one variable is −q / P, or the bound', () => {
    expect(solved([[4]], [-2])).toEqual([0.5]);
    expect(solved([[4]], [2])).toEqual([0]);
    expect(solved([[4]], [-2], 0.75)).toEqual([0.75]);
  });

  it('of two is where the second of two constraints lets go of the first', () => {
    // Alone, v₁ = 1 and v₂ = 2. Both free: P v = −q, v = (−1, 2.5): so v₁ = 0 and v₂ = 2.
    const [first, second] = solved(
      [
        [1, 0.8],
        [0.8, 1],
      ],
      [-1, -2],
    );
    expect(first).toBe(0);
    expect(second).toBeCloseTo(2, 6);
  });

  it('leaves a variable without a slope, and one that adds nothing to an active one, at the bound', () => {
    expect(
      solved(
        [
          [0, 0],
          [0, 2],
        ],
        [0, -2],
      ),
    ).toEqual([0, 1]);
    // Twice the same constraint: any split of 1 between the two is a minimum.
    const twice = solved(
      [
        [1, 1],
        [1, 1],
      ],
      [-1, -1],
    );
    expect(twice[0]! + twice[1]!).toBeCloseTo(1, 6);
  });
});

/** Rows of random vectors that share a direction to some degree, and of different lengths. */
function problem(seed: number, size: number) {
  const draws = random(seed, 'program');
  const shared = draws.uniform() ** 2;
  const common = Array.from({ length: 30 }, () => draws.normal());
  const M = Array.from({ length: size }, () => {
    const length = Math.exp(draws.normal());
    return common.map((value) => Math.fround(length * (shared * value + (1 - shared) * draws.normal())));
  });
  const g = common.map((value) => draws.normal() - shared * value);
  const inner = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return { P: M.map((a) => M.map((b) => inner(a, b))), q: M.map((a) => inner(a, g)) };
}

describe.each(where)('keeps the conditions of a minimum, $name', ({ use }) => {
  beforeAll(use);

  it.each([1, 2, 5, 20])('for %i variables', (size) => {
    for (let seed = 0; seed < 15; seed++) {
      const { P, q } = problem(seed, size);
      for (const lower of [0, 0.125]) {
        const v = solved(P, q, lower);
        v.forEach((value, i) => {
          // In units of the constraint's own length, beside the slopes that add up to it.
          const slope = q[i]! + P[i]!.reduce((sum, p, j) => sum + p * v[j]!, 0);
          const scale = Math.abs(q[i]!) + P[i]!.reduce((sum, p, j) => sum + Math.abs(p * v[j]!), 0);
          expect(value).toBeGreaterThanOrEqual(lower);
          expect(slope).toBeGreaterThanOrEqual(-2e-5 * scale);
          if (value > lower) expect(slope).toBeLessThanOrEqual(2e-5 * scale);
        });
      }
    }
  });
});
