import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Column, column, read } from '../../src/data.js';
import { rotated, rotatedColumn } from '../../src/scenario/index.js';
import { failure, images, inputsIn, labelsIn } from './sample.js';

describe('rotatedColumn', () => {
  const squares = fc.integer({ min: 1, max: 7 }).chain((side) =>
    fc.record({
      side: fc.constant(side),
      channels: fc.integer({ min: 1, max: 3 }),
      interpolation: fc.constantFrom('bilinear', 'nearest'),
    }),
  );

  test.prop([squares], { seed: 1 })('moves pixels by quarter turns without changing any', ({ side, channels, interpolation }) => {
    const source = images(2, [side, side, channels], 2).x as Column;
    const before = [...read(source).values];
    const turned = (angle: number) => [...read(rotatedColumn(source, angle, interpolation)).values];
    const place = (row: number, y: number, x: number, c: number) => ((row * side + y) * side + x) * channels + c;
    const moved = (from: (y: number, x: number) => [number, number]) =>
      before.map((_, i) => {
        const [c, x, y, row] = [
          i % channels,
          Math.floor(i / channels) % side,
          Math.floor(i / channels / side) % side,
          Math.floor(i / channels / side / side),
        ];
        return before[place(row, ...from(y, x), c)];
      });
    expect(turned(0)).toEqual(before);
    expect(turned(360)).toEqual(before);
    expect(turned(180)).toEqual(moved((y, x) => [side - 1 - y, side - 1 - x]));
    expect(turned(90)).toEqual(moved((y, x) => [x, side - 1 - y]));
    expect(turned(-270)).toEqual(turned(90));
    expect(turned(270)).toEqual(moved((y, x) => [side - 1 - x, y]));
    const quarter = rotatedColumn(source, 90, interpolation);
    expect([...read(rotatedColumn(quarter, 270, interpolation)).values]).toEqual(before);
  });

  test.prop([fc.double({ min: -400, max: 400, noNaN: true })], { seed: 1, numRuns: 40 })(
    'keeps values within the range of the image',
    (angle) => {
      const source = images(3, [6, 5], 2).x as Column;
      const values = [...read(rotatedColumn(source, angle)).values];
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(1 + 1e-6));
    },
  );
});

const data = images(4, [5, 5, 1], 2);

describe('rotated', () => {
  it('takes angles, and names the tasks by them', () => {
    const stream = rotated({ train: data, test: data, angles: [0, 90, 12.345], scenario: 'class' });
    expect(stream).toMatchObject({ outputs: 6, tasks: [{ name: '0°' }, { name: '90°', classes: [2, 3] }, { name: '12.3°' }] });
    expect(inputsIn(stream.tasks[0]!.train)).toEqual(inputsIn(data));
    expect(inputsIn(stream.tasks[1]!.test)).toEqual([...read(rotatedColumn(data.x as Column, 90)).values]);
    expect(labelsIn(stream.tasks[2]!.train)).toEqual([4, 5, 4, 5]);
    expect(rotated({ train: data, test: data, validation: data, angles: [10] })).toMatchObject({ scenario: 'domain', outputs: 2 });
  });

  test.prop(
    [
      fc.integer(),
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.double({ min: 0, max: 180, noNaN: true }),
    ],
    { seed: 1 },
  )('draws angles in the range, in ascending bins where asked, and again by the same seed', (seed, tasks, from, width) => {
    const make = (spread: 'uniform' | 'bins') =>
      (rotated({ train: data, test: data, tasks, seed, range: [from, from + width], spread }).recipe as { angles: number[] }).angles;
    for (const angle of [...make('uniform'), ...make('bins')]) {
      expect(angle).toBeGreaterThanOrEqual(from);
      expect(angle).toBeLessThanOrEqual(from + width);
    }
    make('bins').forEach((angle, k) => {
      expect(angle).toBeGreaterThanOrEqual(from + (width * k) / tasks - 1e-9);
      expect(angle).toBeLessThanOrEqual(from + (width * (k + 1)) / tasks + 1e-9);
    });
    expect(make('uniform')).toEqual(make('uniform'));
  });

  it('refuses bad options', () => {
    const base = { train: data, test: data };
    expect(failure(() => rotated(base))).toContain('tasks must be a whole number of at least 1, received undefined.');
    expect(failure(() => rotated({ ...base, tasks: 2 }))).toContain('seed must be a whole number, received undefined.');
    expect(failure(() => rotated({ ...base, angles: [] }))).toContain('at least one angle');
    expect(failure(() => rotated({ ...base, angles: [0, Number.NaN] }))).toContain('angles[1] must be a number, received NaN.');
    expect(failure(() => rotated({ ...base, angles: [0], seed: 1 }))).toContain('angles must be alone');
    expect(failure(() => rotated({ ...base, tasks: 2, seed: 1, range: [90, 0] }))).toContain(
      'range must be two angles, the smaller first, received [90, 0].',
    );
    expect(failure(() => rotated({ ...base, tasks: 2, seed: 1, spread: 'normal' as 'bins' }))).toContain('spread must be one of');
    const whole = { ...data, x: column(new Int32Array(100), [5, 5]) };
    expect(failure(() => rotated({ ...base, train: whole, angles: [10] }))).toContain(
      'CL_SHAPE rotated(): bilinear interpolation needs float32',
    );
    const flat = images(4, [25], 2);
    expect(failure(() => rotated({ ...base, train: flat, angles: [10] }))).toContain('theirs is [25]');
  });
});
