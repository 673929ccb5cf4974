import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { random, randomFor, seedOf } from '../../src/random/index.js';

const take = <T>(count: number, f: () => T): T[] => Array.from({ length: count }, f);
const integers = (...owner: (string | number)[]) => {
  const source = random(1, ...owner);
  return take(4, () => source.integer(2 ** 32));
};

/** χ² of counts against a uniform expectation. */
function chiSquare(counts: ArrayLike<number>): number {
  const list = Array.from(counts);
  const expected = list.reduce((a, b) => a + b, 0) / list.length;
  return list.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The χ² that a uniform source passes with probability 1 − 10⁻⁶ (Wilson and Hilferty). */
const limitOf = (freedom: number) => freedom * (1 - 2 / (9 * freedom) + 4.7534 * Math.sqrt(2 / (9 * freedom))) ** 3;

describe('random', () => {
  // Written down once: a change here breaks every checkpoint and published run.
  it('gives the numbers that it has always given', () => {
    expect(integers('replay', 7)).toEqual(KNOWN.integers);
    expect(random(0).uniform()).toBe(KNOWN.uniform);
    expect(random(42, 'a').normal()).toBeCloseTo(KNOWN.normal, 12);
    expect([...random(3, 'order').permutation(8)]).toEqual(KNOWN.permutation);
    expect([...random(3, 'order').sample(5, 1_000_000)]).toEqual(KNOWN.sample);
    expect(seedOf(1, 'dropout', 2)).toEqual(KNOWN.seed);
  });

  it('is the same for an owner whose first parts are hashed once', () => {
    const draws = randomFor(1, 'feed', 'replay');
    for (const step of [0, 1, 7]) expect(draws('batch', step).uniform()).toBe(random(1, 'feed', 'replay', 'batch', step).uniform());
    expect(draws().uniform()).toBe(random(1, 'feed', 'replay').uniform());
  });

  it('depends on the seed and on each part of the owner', () => {
    const sources = [
      integers(),
      integers(''),
      integers('', ''),
      integers('ab'),
      integers('a', 'b'),
      integers('b', 'a'),
      integers('1'),
      integers(1),
      integers(1.5),
    ];
    expect(new Set(sources.map(String)).size).toBe(sources.length);
    expect(random(1, 'a').uniform()).not.toBe(random(2, 'a').uniform());
    expect(random(2 ** 32 + 1, 'a').uniform()).not.toBe(random(1, 'a').uniform());
    expect(random(-0, 'a').uniform()).toBe(random(0, 'a').uniform());
  });

  it('is not disturbed by other owners that draw in between', () => {
    const alone = random(1, 'ewc');
    const expected = take(10, () => alone.uniform());
    const [a, b] = [random(1, 'ewc'), random(1, 'er')];
    const mixed = take(10, () => {
      b.permutation(1 + b.integer(9));
      return a.uniform();
    });
    expect(mixed).toEqual(expected);
  });

  it('gives owners independent numbers', () => {
    // 16 × 16 cells of pairs of neighbouring owners.
    const counts = new Float64Array(256);
    for (let step = 0; step < 25_600; step++) {
      const [a, b] = [random(1, 'er', step).integer(16), random(1, 'er', step + 1).integer(16)];
      counts[a * 16 + b]!++;
    }
    expect(chiSquare(counts)).toBeLessThan(limitOf(255));
  });

  it.each([2, 3, 6, 10, 97])('integer(%i) is uniform', (limit) => {
    const source = random(5, 'integer', limit);
    const counts = new Float64Array(limit);
    for (let i = 0; i < limit * 2000; i++) counts[source.integer(limit)]!++;
    expect(chiSquare(counts)).toBeLessThan(limitOf(limit - 1));
  });

  it('integer is unbiased where the remainder would show: a limit of 3/4 of a word', () => {
    const limit = 3 * 2 ** 30;
    const source = random(5, 'large');
    // With `word % limit` the first third would come up twice as often as the others.
    const counts = new Float64Array(3);
    for (let i = 0; i < 30_000; i++) counts[Math.floor(source.integer(limit) / 2 ** 30)]!++;
    expect(chiSquare(counts)).toBeLessThan(limitOf(2));
  });

  test.prop([fc.integer(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })])('integer stays below any limit', (seed, limit) => {
    const value = random(seed, 'property').integer(limit);
    expect(Number.isSafeInteger(value) && value >= 0 && value < limit).toBe(true);
  });

  it('uniform fills [0, 1) evenly', () => {
    const source = random(9);
    const counts = new Float64Array(100);
    for (let i = 0; i < 200_000; i++) counts[Math.floor(source.uniform() * 100)]!++;
    expect(chiSquare(counts)).toBeLessThan(limitOf(99));
  });

  it('normal has the moments of a standard normal', () => {
    const source = random(9, 'normal');
    const values = take(200_000, () => source.normal());
    const moment = (k: number) => values.reduce((sum, v) => sum + v ** k, 0) / values.length;
    // Standard errors: 0.0022, 0.0032, 0.0087, 0.022; five of them.
    expect(Math.abs(moment(1))).toBeLessThan(0.011);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.016);
    expect(Math.abs(moment(3))).toBeLessThan(0.044);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.11);
  });

  it('permutation gives each order equally often', () => {
    const source = random(2, 'orders');
    const counts = new Map<string, number>();
    for (let i = 0; i < 24 * 1000; i++) {
      const order = String(source.permutation(4));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()])).toBeLessThan(limitOf(23));
  });

  it('sample gives each pair equally often', () => {
    const source = random(2, 'pairs');
    const counts = new Map<string, number>();
    for (let i = 0; i < 30 * 1000; i++) {
      const pair = String(source.sample(2, 6));
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(30);
    expect(chiSquare([...counts.values()])).toBeLessThan(limitOf(29));
  });

  test.prop([fc.integer(), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 })])(
    'sample: different, in range, as many as there are',
    (seed, count, limit) => {
      const chosen = random(seed).sample(count, limit);
      expect(chosen.length).toBe(Math.min(count, limit));
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(chosen.every((i) => i >= 0 && i < limit)).toBe(true);
      // The same draws as a permutation's, so the same numbers.
      expect([...chosen]).toEqual([...random(seed).permutation(limit).subarray(0, count)]);
    },
  );

  it('takes a few of very many without memory for all, and all of few', () => {
    expect(random(1).sample(3, 2 ** 31).length).toBe(3);
    expect([...random(1).sample(Infinity, 4)].sort()).toEqual([0, 1, 2, 3]);
    expect([random(1).permutation(0).length, random(1).permutation(1).length, random(1).sample(5, 0).length]).toEqual([0, 1, 0]);
  });

  it.each([
    [() => random(NaN), 'random({ seed: NaN }): seed must be a number, received NaN.'],
    [() => random(1).integer(0), 'integer({ limit: 0 })'],
    [() => random(1).integer(2.5), 'integer({ limit: 2.5 })'],
    [() => random(1).integer(2 ** 53), 'integer({ limit: 9007199254740992 })'],
    [() => random(1).permutation(-1), 'permutation({ length: -1 })'],
    [() => random(1).sample(1.5, 4), 'sample({ count: 1.5 })'],
    [() => random(1).sample(1, 2 ** 31 + 1), 'sample({ limit: 2147483649 })'],
  ])('refuses what it cannot do: case %#', (run, message) => {
    expect(run).toThrow(expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining(message) }));
  });
});

describe('seedOf', () => {
  it('is two int32 numbers, others for other owners', () => {
    const seeds = Array.from({ length: 1000 }, (_, step) => seedOf(7, 'step', step));
    expect(new Set(seeds.map(String)).size).toBe(1000);
    expect(seeds.flat().every((word) => (word | 0) === word)).toBe(true);
    expect(seeds.some(([word]) => word < 0)).toBe(true);
  });
});

const KNOWN = {
  integers: [962641661, 1899660825, 759898097, 2246716265],
  uniform: 0.8421275452706924,
  normal: -0.9760806604290669,
  permutation: [1, 4, 3, 6, 7, 0, 2, 5],
  sample: [492889, 143987, 681223, 644018, 637051],
  seed: [229052855, 463226206],
};
