import { describe, expect, it } from 'vitest';
import { goldenFiles } from '../../../../testing/golden.js';
import { reservoir } from '../../src/memory/index.js';
import { type Random, random } from '../../src/random/index.js';
import { idsOf, range, rowsOf } from './rows.js';

/** A generator whose whole numbers were written down elsewhere. */
const recorded = (draws: readonly number[], limits: number[]): Random => {
  let next = 0;
  const integer = (limit: number) => {
    limits.push(limit);
    return draws[next++]!;
  };
  return { ...random(0), integer };
};

interface Given {
  readonly capacity: number;
  readonly stream: number[];
  readonly draws: number[];
}

describe.each(goldenFiles<Given, { slotsAfterEachItem: number[][] }>('reservoir', new URL('../../golden/', import.meta.url)))(
  'as Mammoth: $file',
  ({ given, expected }) => {
    it('holds the same rows in the same places after each row', () => {
      const memory = reservoir({ capacity: given.capacity });
      const limits: number[] = [];
      const draws = recorded(given.draws, limits);
      given.stream.forEach((id, i) => {
        memory.add(rowsOf([id]), draws);
        expect(idsOf(memory.all())).toEqual(expected.slotsAfterEachItem[i]);
      });
      // One draw a row once it is full, from 0 … rows seen before, both included.
      expect(limits).toEqual(range(given.draws.length, given.capacity + 1));
    });
  },
);
