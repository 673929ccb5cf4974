import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { adam, constant, cosine, linear, rateAt, stepwise, warmup } from '../../src/optimizer/index.js';

const at = (schedule: (step: number) => number, ...steps: number[]) => steps.map((step) => Number(schedule(step).toPrecision(9)));

describe('schedules', () => {
  it('constant', () => expect(at(constant(0.1), 0, 9999)).toEqual([0.1, 0.1]));

  it('stepwise, by milestones and by period', () => {
    expect(at(stepwise({ rate: 1, milestones: [10, 20] }), 0, 9, 10, 19, 20, 99)).toEqual([1, 1, 0.1, 0.1, 0.01, 0.01]);
    expect(at(stepwise({ rate: 1, every: 3, factor: 0.5 }), 0, 2, 3, 5, 6)).toEqual([1, 1, 0.5, 0.5, 0.25]);
  });

  it('cosine: from the rate, through the middle, to the floor, where it stays', () => {
    expect(at(cosine({ rate: 1, steps: 100, floor: 0.2 }), 0, 50, 100, 1000)).toEqual([1, 0.6, 0.2, 0.2]);
    // (1 + cos(π/4)) / 2
    expect(cosine({ rate: 1, steps: 4 })(1)).toBeCloseTo(0.853553391, 8);
  });

  it('linear: from the rate, through the middle, to the floor, where it stays', () => {
    expect(at(linear({ rate: 1, steps: 100, floor: 0.2 }), 0, 50, 100, 1000)).toEqual([1, 0.6, 0.2, 0.2]);
    expect(at(warmup({ steps: 3, next: linear({ rate: 0.8, steps: 4 }) }), 0, 3, 5, 7)).toEqual([0.2, 0.8, 0.4, 0]);
  });

  it('warmup: straight up, then the other schedule from its own start', () => {
    expect(at(warmup({ steps: 4, next: 1 }), 0, 1, 2, 3, 4, 5)).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1]);
    expect(warmup({ steps: 4, next: cosine({ rate: 1, steps: 100 }) })(54)).toBeCloseTo(0.5, 10);
  });

  test.prop([fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 2000 })])(
    'cosine never rises nor leaves [floor, rate]',
    (steps, floor, step) => {
      const schedule = cosine({ rate: 1, steps, floor });
      expect(schedule(step + 1)).toBeLessThanOrEqual(schedule(step) + 1e-12);
      expect(schedule(step)).toBeGreaterThanOrEqual(floor - 1e-12);
    },
  );

  it('are named after what they were made with, for reports', () => {
    const schedule = warmup({ steps: 10, next: cosine({ rate: 0.1, steps: 100 }) });
    expect(adam(schedule).options.learningRate).toBe('warmup({ steps: 10, next: cosine({ rate: 0.1, steps: 100 }) })');
  });

  it('rateAt takes a number or a schedule, and refuses what is no rate', () => {
    expect([rateAt(0.1, 5), rateAt(stepwise({ rate: 1, every: 5 }), 5)]).toEqual([0.1, 0.1]);
    expect(() => rateAt((step) => 1 - step, 2)).toThrow(
      expect.objectContaining({
        code: 'CL_OPTION',
        message: expect.stringContaining('step 2 must be a number of at least 0, received -1'),
      }),
    );
  });

  it.each([
    [() => constant(-1), 'constant({ rate: -1 })'],
    [() => stepwise({ rate: 1 }), 'milestones must be given, or else `every`, but not both'],
    [() => stepwise({ rate: 1, every: 2, milestones: [1] }), 'but not both'],
    [() => stepwise({ rate: 1, every: 0 }), 'stepwise({ every: 0 })'],
    [() => stepwise({ rate: 1, milestones: [3, -1] }), 'milestones[1]'],
    [() => stepwise({ rate: 1, every: 1, factor: 0 }), 'stepwise({ factor: 0 })'],
    [() => stepwise({ rate: -1, every: 1 }), 'stepwise({ rate: -1 })'],
    [() => cosine({ rate: 1, steps: 0 }), 'cosine({ steps: 0 })'],
    [() => cosine({ rate: 1, steps: 10, floor: 2 }), 'floor must be a number in [0, 1], received 2.'],
    [() => cosine({ rate: NaN, steps: 10 }), 'cosine({ rate: NaN })'],
    [() => cosine({ rate: 1, step: 10 } as never), "Did you mean 'steps'?"],
    [() => warmup({ steps: 1.5, next: 1 }), 'warmup({ steps: 1.5 })'],
    [() => warmup({ steps: 1, next: -1 }), 'warmup({ next: -1 })'],
    [() => warmup({ steps: 1, next: 'x' as never }), 'next must be a rate or a schedule'],
  ])('refuse bad options: case %#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining(message) }));
  });
});
