import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { classBalanced, ring } from '../../src/memory/index.js';
import { random } from '../../src/random/index.js';
import { idsOf, range, rowsOf } from './rows.js';

const countsOf = (labels: Int32Array) => [...new Set(labels)].map((label) => labels.filter((other) => other === label).length);

describe('classBalanced', () => {
  test.prop([fc.integer(), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6 })])(
    'gives each class an equal share, to one row, once each has come often enough',
    (seed, capacity, classes) => {
      const memory = classBalanced({ capacity });
      // Class after class: the hardest order.
      for (let label = 0; label < classes; label++)
        memory.add(
          rowsOf(range(40, label * 40), () => label),
          random(seed, label),
        );
      const counts = countsOf(memory.labels());
      expect(memory.size).toBe(capacity);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(new Set(idsOf(memory.all())).size).toBe(capacity);
      for (const [place, id] of idsOf(memory.all()).entries()) expect(memory.labels()[place]).toBe(Math.floor(id / 40));
    },
  );

  it('takes a row only while its class holds less than capacity / classes', () => {
    const memory = classBalanced({ capacity: 4 });
    memory.add(
      rowsOf([0, 1, 2, 3, 4], () => 7),
      random(1),
    );
    expect(idsOf(memory.all())).toEqual([0, 1, 2, 3]); // one class: 4 / 1 rows, the fifth is passed over
    memory.add(
      rowsOf([10, 11, 12], () => 8),
      random(1),
    );
    expect([...memory.labels()].sort()).toEqual([7, 7, 8, 8]);
    expect(
      idsOf(memory.all())
        .filter((id) => id >= 10)
        .sort(),
    ).toEqual([10, 11]);
  });

  it('evicts each row of the largest class equally often', () => {
    const kept = new Float64Array(6);
    for (let run = 0; run < 2000; run++) {
      const memory = classBalanced({ capacity: 6 });
      memory.add(
        rowsOf(range(6), () => 0),
        random(run, 'fill'),
      );
      memory.add(
        rowsOf([10, 11, 12], () => 1),
        random(run, 'evict'),
      );
      for (const id of idsOf(memory.all())) if (id < 6) kept[id]!++;
    }
    // Three of six stay: 1000 ± 22.
    for (const count of kept) expect(Math.abs(count - 1000)).toBeLessThan(5 * 22.4);
  });

  it('needs class numbers', () => {
    const values = { ...rowsOf([1]), y: { values: Float32Array.of(0.5), shape: [] } };
    const tokens = { ...rowsOf([1]), y: { values: Int32Array.of(1, 2), shape: [2] } };
    const error = { code: 'CL_SHAPE', message: expect.stringContaining('class numbers (int32, []), received y float32 []') };
    expect(() => classBalanced({ capacity: 3 }).add(values, random(1))).toThrow(expect.objectContaining(error));
    expect(() => ring({ perClass: 3 }).add(tokens, random(1))).toThrow(expect.objectContaining({ code: 'CL_SHAPE' }));
  });

  it('refuses bad options', () => {
    expect(() => classBalanced({ capacity: 0 })).toThrow(expect.objectContaining({ code: 'CL_OPTION' }));
    expect(() => classBalanced({ capacity: Infinity })).toThrow('classBalanced({ capacity: Infinity })');
  });
});

describe('ring', () => {
  it('keeps the last rows of each class', () => {
    const memory = ring({ perClass: 2 });
    memory.add(
      rowsOf(range(9), (id) => id % 2),
      random(1),
    );
    expect(idsOf(memory.all()).sort()).toEqual([5, 6, 7, 8]);
    memory.add(
      rowsOf([20], () => 5),
      random(1),
    );
    expect(memory.size).toBe(5);
    expect(memory.capacity).toBe(Infinity);
  });

  it('keeps the last rows of each task, whatever their targets are', () => {
    const memory = ring({ perTask: 3 });
    const values = (ids: number[], task: number) => ({
      ...rowsOf(ids, undefined, () => task),
      y: { values: Float32Array.from(ids), shape: [1] },
    });
    memory.add(values(range(5), 0), random(1));
    memory.add(values(range(5, 10), 1), random(1));
    expect(idsOf(memory.all((task) => task === 0)).sort()).toEqual([2, 3, 4]);
    expect(idsOf(memory.all((task) => task === 1)).sort()).toEqual([12, 13, 14]);
    expect(memory.all((task) => task === 2)).toBe(null);
  });

  it('takes one of its two options', () => {
    expect(() => ring({})).toThrow('but not both');
    expect(() => ring({ perClass: 1, perTask: 1 })).toThrow('but not both');
    expect(() => ring({ perTask: 0 })).toThrow('ring({ perTask: 0 }): perTask must be a whole number of at least 1');
    expect(() => ring({ perclass: 5 } as never)).toThrow("Did you mean 'perClass'?");
  });
});
