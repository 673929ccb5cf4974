import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { adam, cosine, infinite, restarting, type Schedule, warmup } from '../../src/optimizer/index.js';

const at = (schedule: Schedule, ...steps: number[]) => steps.map((step) => Number(schedule(step).toPrecision(9)));
const never = (rises: boolean, rates: readonly number[]) =>
  rates.every((rate, i) => i === 0 || (rises ? rate <= rates[i - 1]! + 1e-12 : rate >= rates[i - 1]! - 1e-12));
const from = (schedule: Schedule, begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => schedule(begin + i));

describe('restarting', () => {
  const next = warmup({ steps: 10, next: cosine({ rate: 3e-4, floor: 3e-5, steps: 90 }) });

  it('warms up from nearly 0 to the top, decays to the floor, and does it again with each data set', () => {
    const schedule = restarting({ every: 101, next });
    expect(at(schedule, 10, 100)).toEqual([3e-4, 3e-5]);
    expect(schedule(0)).toBeLessThan(3e-4 / 10);
    expect(never(false, from(schedule, 0, 11))).toBe(true);
    expect(never(true, from(schedule, 10, 101))).toBe(true);
    expect(from(schedule, 101, 202)).toEqual(from(schedule, 0, 101));
    expect(schedule(101)).toBe(schedule(0));
  });

  it('begins anew where further data sets begin', () => {
    const schedule = restarting({ at: [3, 10], next: (step) => step });
    expect(from(schedule, 0, 13)).toEqual([0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2]);
  });

  test.prop([fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 500 })])('every n steps is at n, 2 n, 3 n, …', (every, step) => {
    const begins = Array.from({ length: 501 }, (_, i) => (i + 1) * every);
    const identity: Schedule = (own) => own;
    expect(restarting({ every, next: identity })(step)).toBe(restarting({ at: begins, next: identity })(step));
  });
});

describe('infinite', () => {
  const schedule = infinite({ rate: 1, warmup: 4, cooldown: 10, constant: 0.4, anneal: { from: 30, steps: 10, floor: 0.1 } });

  it('warms up, cools down, stays, and is annealed by the same factor each step', () => {
    // Half of the cool-down is the mean of its ends; half of the last decay the geometric mean.
    expect(at(schedule, 0, 3, 4, 9, 14, 29, 30, 35, 40, 99)).toEqual([0.2, 0.8, 1, 0.7, 0.4, 0.4, 0.4, 0.2, 0.1, 0.1]);
    expect(never(true, from(schedule, 4, 60))).toBe(true);
  });

  it('without a last decay stays for ever, and without a warm-up begins at the top', () => {
    expect(at(infinite({ rate: 1, cooldown: 10, constant: 0.4 }), 0, 10, 1e6)).toEqual([1, 0.4, 0.4]);
  });
});

it('schedules are named after what they were made with', () => {
  expect(adam(restarting({ every: 5, next: cosine({ rate: 0.1, steps: 5 }) })).options.learningRate).toBe(
    'restarting({ every: 5, next: cosine({ rate: 0.1, steps: 5 }) })',
  );
  expect(infinite({ rate: 1, cooldown: 2, constant: 0.5 }).name).toBe('infinite({ rate: 1, cooldown: 2, constant: 0.5 })');
});

it.each([
  [() => restarting({ next: (step) => step }), 'at must be given, or else `every`, but not both'],
  [() => restarting({ every: 0, next: (step) => step }), 'restarting({ every: 0 })'],
  [() => restarting({ at: [5, 5], next: (step) => step }), 'at must be rising'],
  [() => restarting({ every: 5, next: 0.1 as unknown as Schedule }), 'next must be a schedule'],
  [() => infinite({ rate: 1, cooldown: 0, constant: 0.5 }), 'infinite({ cooldown: 0 })'],
  [() => infinite({ rate: 1, cooldown: 5, constant: 2 }), 'constant must be a number in (0, 1]'],
  [
    () => infinite({ rate: 1, cooldown: 5, constant: 0.5, anneal: { from: 4, steps: 1, floor: 0.1 } }),
    'anneal.from must be a whole number of at least 5',
  ],
  [
    () => infinite({ rate: 1, cooldown: 5, constant: 0.5, anneal: { from: 5, steps: 1, floor: 0.6 } }),
    'anneal.floor must be a number in (0, 0.5]',
  ],
])('refuses what cannot be: %o', (make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining(message) }));
});
