import { describe, expect, it } from 'vitest';
import { normalFromSeed, philox, uniformFromSeed, wordsFromSeed } from '../../src/random/philox.js';

const hex = (words: Uint32Array): string[] => [...words].map((word) => word.toString(16).padStart(8, '0'));

describe('philox', () => {
  // The three known answers that Random123 publishes for philox4x32 with 10 rounds (its file kat_vectors).
  it('gives the published answers', () => {
    expect(hex(philox([0, 0], [0, 0, 0, 0]))).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    expect(hex(philox([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]))).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ]);
    expect(hex(philox([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]))).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
  });

  it('gives a shorter draw as the beginning of a longer one', () => {
    expect(wordsFromSeed(5, [1, 2])).toEqual(wordsFromSeed(11, [1, 2]).subarray(0, 5));
    expect(normalFromSeed(5, [1, 2])).toEqual(normalFromSeed(6, [1, 2]).subarray(0, 5));
    expect(wordsFromSeed(0, [1, 2])).toHaveLength(0);
  });

  it('tells all seeds apart, negative ones too', () => {
    const draws = [
      [0, 0],
      [0, 1],
      [1, 0],
      [-1, 0],
      [0, -1],
      [2147483647, 0],
      [-2147483648, 0],
    ].map(([a, b]) => hex(wordsFromSeed(4, [a!, b!])).join());
    expect(new Set(draws).size).toBe(draws.length);
  });

  it('draws uniform and normal numbers with the right moments', () => {
    const n = 100_000;
    const mean = (values: Float32Array, power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / n;
    const uniform = uniformFromSeed(n, [7, 3]);
    expect(Math.min(...uniform.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform.subarray(0, 1000))).toBeLessThan(1);
    // Standard errors: uniform 0.289 / √n = 0.0009; normal 0.0032 for the mean and 0.0045 for the variance. Four of them.
    expect(Math.abs(mean(uniform, 1) - 0.5)).toBeLessThan(0.0037);
    const normal = normalFromSeed(n, [7, 3]);
    expect(Math.abs(mean(normal, 1))).toBeLessThan(0.0127);
    expect(Math.abs(mean(normal, 2) - 1)).toBeLessThan(0.018);
  });
});
