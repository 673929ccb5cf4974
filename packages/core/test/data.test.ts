import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { column, concatColumns, concatData, dataset, mapped, read, readRows, reshaped, subset, subsetData } from '../src/data.js';
import { ContinualLearningError } from '../src/errors.js';

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return ContinualLearningError.is(error) ? error.code : String(error);
  }
  return undefined;
};

describe('column', () => {
  it('scales bytes when they are read, exactly as float32 division does', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { values } = read(column(bytes, [], { scale: 1 / 255 }));
    expect([...values]).toEqual([...bytes].map((byte) => Math.fround(byte / 255)));
  });

  it('refuses values that are not whole rows and rows that are not there', () => {
    expect(() => column(new Float32Array(7), [2])).toThrow('column(): 7 values are not a whole number of rows of 2 (shape [2]).');
    const two = column(new Float32Array(4), [2]);
    for (const row of [2, -1, 0.5, Number.NaN]) {
      expect(codeOf(() => read(two, [row]))).toBe('CL_SHAPE');
    }
    for (const row of [4, -1, Number.NaN]) expect(codeOf(() => read(concatColumns([two, two]), [row]))).toBe('CL_SHAPE');
    expect(() => read(subset(two, Int32Array.of(0)), [1])).toThrow('There is no row 1 in a column of 1 rows');
  });
});

describe('what is no data', () => {
  it('is refused by column(): other arrays would lose what comes after the point', () => {
    for (const values of [undefined, [1, 2], Float64Array.of(0.5, 0.25), '12'])
      expect(() => column(values as unknown as Float32Array, [1])).toThrow('values must be a Float32Array, an Int32Array or a Uint8Array');
    for (const shape of [undefined, 2, [0], [-1], [1.5]])
      expect(codeOf(() => column(new Float32Array(2), shape as number[]))).toBe('CL_OPTION');
    for (const options of [{ scale: Number.NaN }, { scale: '2' }, { scal: 2 }])
      expect(codeOf(() => column(new Float32Array(2), [1], options as object))).toBe('CL_OPTION');
    expect([...read(column(Uint8ClampedArray.of(1, 2) as unknown as Uint8Array, [])).values]).toEqual([1, 2]);
  });

  it('is refused by dataset()', () => {
    const labels = column(new Int32Array(2), []);
    for (const x of [undefined, [[1], [2]], new Float32Array(2), {}, { ids: undefined }, { shape: [1], gather() {} }])
      expect(() => dataset(x as never, labels)).toThrow(
        'dataset(): expected a data set of columns, as dataset(column(…), column(…)) makes',
      );
    expect(codeOf(() => dataset(labels, undefined as never))).toBe('CL_DATA');
  });
});

const rows = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 12 });

describe('views', () => {
  test.prop([fc.array(rows, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 3 }), fc.infiniteStream(fc.nat())], { seed: 1 })(
    'concatColumns reads as if the rows were in one array',
    (parts, size, picks) => {
      const wide = parts.map((part) => Int32Array.from(part.flatMap((value) => Array.from({ length: size }, (_, k) => value + k))));
      const joined = concatColumns(wide.map((values) => column(values, [size])));
      const whole = column(Int32Array.from(wide.flatMap((values) => [...values])), [size]);
      expect(joined.length).toBe(whole.length);
      expect(read(joined)).toEqual(read(whole));
      if (whole.length === 0) return;
      const some = [...picks.take(20)].map((pick) => pick % whole.length);
      expect(read(joined, some)).toEqual(read(whole, some));
    },
  );

  test.prop([fc.array(fc.integer(), { minLength: 1, maxLength: 20 }), fc.infiniteStream(fc.nat())], { seed: 1 })(
    'a subset of a subset is a subset',
    (values, picks) => {
      const source = column(Int32Array.from(values), []);
      const take = (limit: number) => Int32Array.from([...picks.take(10)].map((pick) => pick % limit));
      const outer = take(values.length);
      const inner = take(outer.length);
      expect(read(subset(subset(source, outer), inner)).values).toEqual(inner.map((i) => values[outer[i]!]!));
    },
  );

  it('writes at the offset and nowhere else', () => {
    const into = new Int32Array(6).fill(-1);
    const source = mapped(subset(column(Int32Array.of(1, 2, 3, 4), [2]), Int32Array.of(1)), (value) => value * 10);
    source.gather([0], into, 2);
    expect([...into]).toEqual([-1, -1, 30, 40, -1, -1]);
  });

  it('keeps the columns of several inputs together', () => {
    const data = (from: number) =>
      dataset(
        { ids: column(Int32Array.of(from, from + 1, from + 2, from + 3), [2]), mask: column(Int32Array.of(1, 0), []) },
        column(Int32Array.of(from, from + 1), []),
      );
    const both = concatData([data(0), subsetData(data(10), Int32Array.of(1))]);
    expect(readRows(both, [2, 0], 7)).toEqual({
      count: 2,
      x: { ids: { values: Int32Array.of(12, 13, 0, 1), shape: [2] }, mask: { values: Int32Array.of(0, 1), shape: [] } },
      y: { values: Int32Array.of(11, 0), shape: [] },
      task: Int32Array.of(7, 7),
    });
  });

  it('reads rows into the arrays of as many earlier ones', () => {
    const images = dataset(column(Uint8Array.of(0, 51, 102, 255), [2], { scale: 1 / 255 }), column(Int32Array.of(3, 4), []));
    const several = dataset({ ids: column(Int32Array.of(5, 6), []) }, column(Int32Array.of(3, 4), []));
    for (const data of [images, several]) {
      const [old, fresh] = [readRows(data, [0], 1), readRows(data, [1], 1)];
      const again = readRows(data, [1], 1, old);
      expect(again).toEqual(fresh);
      expect(again.y.values).toBe(old.y.values);
      expect(readRows(data, [0, 1], 1, old).y.values).not.toBe(old.y.values);
    }
    expect([...(readRows(images, [0], 0).x as { values: Float32Array }).values]).toEqual([0, Math.fround(0.2)]);
  });

  it('refuses parts of different kinds', () => {
    const labels = column(Int32Array.of(1), []);
    expect(() => concatColumns([labels, column(new Float32Array(1), [])])).toThrow('int32 [] and of float32 []');
    expect(codeOf(() => concatColumns([]))).toBe('CL_SHAPE');
    expect(codeOf(() => concatData([]))).toBe('CL_SHAPE');
    expect(() => concatData([dataset({ a: labels }, labels), dataset({ b: labels }, labels)])).toThrow("'a' is not in all of them");
    expect(() => dataset({ ids: labels }, column(new Int32Array(3), []))).toThrow(
      "'ids' has 1 rows, expected 3; there must be one target for each input",
    );
    expect(() => reshaped(labels, [2])).toThrow('[] cannot become [2]');
    expect(read(reshaped(column(Int32Array.of(1, 2, 3, 4), [2, 2]), [4]))).toEqual({ values: Int32Array.of(1, 2, 3, 4), shape: [4] });
  });
});
