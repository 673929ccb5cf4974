import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { reservoir } from '../../src/memory/index.js';
import { random } from '../../src/random/index.js';
import { idsOf, range, rowsOf } from './rows.js';

describe('reservoir', () => {
  it('keeps each row of a stream equally often', () => {
    // 20 rows, 5 places, 4000 runs: each row is in 1000 of them, ± 27. The rule that is off by one would keep the first five
    // in 840 (methods.md, 7.1).
    const counts = new Float64Array(20);
    for (let run = 0; run < 4000; run++) {
      const memory = reservoir({ capacity: 5 });
      memory.add(rowsOf(range(20)), random(1, 'uniform', run));
      for (const id of idsOf(memory.all())) counts[id]!++;
    }
    // Without replacement, the counts' variance is 1000 × 3/4, and they sum to 20,000: χ² with 19 degrees of freedom.
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / (1000 * 0.75), 0) * (19 / 20);
    expect(chi).toBeLessThan(60); // passed with probability 1 − 4 × 10⁻⁶
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * 27.4);
  });

  test.prop([fc.integer(), fc.integer({ min: 1, max: 30 }), fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 })])(
    'holds min(capacity, seen) different rows, the first ones in order, the same for the same seed and any cutting into batches',
    (seed, capacity, cuts) => {
      const [cut, whole] = [reservoir({ capacity }), reservoir({ capacity })];
      const source = random(seed);
      let seen = 0;
      for (const count of cuts) {
        cut.add(rowsOf(range(count, seen)), source);
        seen += count;
        expect(cut.size).toBe(Math.min(capacity, seen));
        if (seen <= capacity) expect(idsOf(cut.all())).toEqual(range(seen));
      }
      if (seen > 0) whole.add(rowsOf(range(seen)), random(seed));
      expect(idsOf(whole.all())).toEqual(idsOf(cut.all()));
      expect(new Set(idsOf(cut.all())).size).toBe(cut.size);
    },
  );

  it('keeps everything with a capacity of Infinity, without reserving it', () => {
    const memory = reservoir({ capacity: Infinity });
    for (let i = 0; i < 100; i++) memory.add(rowsOf([i]), random(0));
    expect(idsOf(memory.all())).toEqual(range(100));
  });

  it.each([0, -1, 2.5, NaN, '5'])('refuses a capacity of %s', (capacity) => {
    expect(() => reservoir({ capacity: capacity as number })).toThrow(
      expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining('reservoir({ capacity: ') }),
    );
  });

  it('refuses unknown options', () => {
    expect(() => reservoir({ capacity: 5, size: 3 } as never)).toThrow("there is no option 'size'");
    expect(() => reservoir(500 as never)).toThrow('reservoir(500): expected a record of options (capacity)');
  });
});
