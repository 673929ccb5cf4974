import { createHash } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Column, read } from '../../src/data.js';
import { padded, permuted, permutedColumn } from '../../src/scenario/index.js';
import { failure, images, inputsIn, labelsIn } from './sample.js';

const data = images(6, [3, 4, 1], 3);

describe('permuted', () => {
  test.prop(
    [fc.integer(), fc.integer({ min: 1, max: 4 }), fc.constantFrom([5], [3, 4], [3, 4, 2]), fc.constantFrom('identity', 'permuted')],
    { seed: 1 },
  )('moves the pixels of every image of a task in the same way and loses none', (seed, tasks, shape, first) => {
    const set = images(4, shape, 2);
    const size = inputsIn(set).length / 4;
    const channels = shape[2] ?? 1;
    const stream = permuted({ train: set, test: set, tasks, seed, first });
    const before = inputsIn(set);
    // Where each value of the source goes, from an image that counts.
    for (const [k, task] of stream.tasks.entries()) {
      const after = inputsIn(task.train);
      expect(inputsIn(task.test)).toEqual(after);
      if (k === 0 && first === 'identity') expect(after).toEqual(before);
      for (let row = 0; row < 4; row++) {
        const sorted = (values: number[]) => values.slice(row * size, (row + 1) * size).sort((a, b) => a - b);
        expect(sorted(after)).toEqual(sorted(before));
      }
      // Channels of a pixel stay together: each pixel of the image is a pixel of the source.
      const pixels = (values: number[]) =>
        Array.from({ length: size / channels }, (_, p) => values.slice(p * channels, (p + 1) * channels).join());
      expect(pixels(after).sort()).toEqual(pixels(before).sort());
    }
  });

  test.prop([fc.integer({ min: 2, max: 40 }), fc.integer()], { seed: 1 })('undoes a permutation by its inverse', (length, seed) => {
    const column = { ...(images(3, [length], 2).x as Column) };
    const stream = permuted({ train: images(3, [length], 2), test: images(1, [length], 2), tasks: 1, seed, first: 'permuted' });
    // A permutation of positions, found by permuting an image whose values are the positions.
    const shown = inputsIn(stream.tasks[0]!.train).slice(0, length);
    const source = [...read(column).values].slice(0, length);
    fc.pre(new Set(source).size === length);
    const permutation = Int32Array.from(shown, (value) => source.indexOf(value));
    expect([...permutation].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
    const inverse = new Int32Array(length);
    permutation.forEach((from, to) => {
      inverse[from] = to;
    });
    expect(read(permutedColumn(permutedColumn(column, permutation), inverse))).toEqual(read(column));
  });

  it('does not let the number of tasks change a permutation', () => {
    const [few, many] = [2, 5].map((tasks) => permuted({ train: data, test: data, tasks, seed: 3 }));
    expect(inputsIn(few!.tasks[1]!.train)).toEqual(inputsIn(many!.tasks[1]!.train));
    expect(inputsIn(many!.tasks[1]!.train)).not.toEqual(inputsIn(many!.tasks[2]!.train));
    expect(inputsIn(permuted({ train: data, test: data, tasks: 2, seed: 4 }).tasks[1]!.train)).not.toEqual(inputsIn(few!.tasks[1]!.train));
    const hash = createHash('sha256')
      .update(JSON.stringify(inputsIn(many!.tasks[4]!.train)))
      .digest('hex')
      .slice(0, 16);
    expect(hash).toMatchInlineSnapshot(`"2b11ab2e4f09cf12"`);
  });

  it('reads labels as shared, or as of each task', () => {
    const domain = permuted({ train: data, test: data, tasks: 2, seed: 1 });
    expect(domain).toMatchObject({
      scenario: 'domain',
      outputs: 3,
      tasks: [
        { name: 'as they are', classes: [0, 1, 2] },
        { name: 'permutation 2', classes: [0, 1, 2] },
      ],
    });
    for (const scenario of ['task', 'class'] as const) {
      const stream = permuted({ train: data, test: data, validation: data, tasks: 2, seed: 1, scenario });
      expect(stream).toMatchObject({ scenario, outputs: 6, tasks: [{ classes: [0, 1, 2] }, { classes: [3, 4, 5] }] });
      expect(labelsIn(stream.tasks[1]!.train)).toEqual([3, 4, 5, 3, 4, 5]);
      expect(labelsIn(stream.tasks[1]!.validation!)).toEqual([3, 4, 5, 3, 4, 5]);
    }
  });

  it('pads before it permutes', () => {
    const stream = permuted({ train: data, test: data, tasks: 2, seed: 1, pad: 2 });
    expect((stream.tasks[0]!.train.x as Column).shape).toEqual([7, 8, 1]);
    const [plain, framed, moved] = [inputsIn(data), inputsIn(stream.tasks[0]!.train), inputsIn(stream.tasks[1]!.train)];
    expect(framed.slice(0, 18)).toEqual([...new Array(16).fill(0), 0, 0]);
    expect(framed.slice(18, 22)).toEqual(plain.slice(0, 4));
    expect(framed.reduce((a, b) => a + b)).toBeCloseTo(
      plain.reduce((a, b) => a + b),
      5,
    );
    expect(moved.slice(0, 56).sort()).toEqual(framed.slice(0, 56).sort());
    expect([...read(padded(images(1, [1, 1, 2], 1).x as Column, 1)).values].filter((value) => value > 0).length).toBe(1);
  });

  it('costs the list of a permutation, whatever the number of rows', () => {
    const many = images(50_000, [28], 10);
    const before = process.memoryUsage().arrayBuffers;
    const stream = permuted({ train: many, test: many, tasks: 100, seed: 1, first: 'permuted' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2e6);
    expect(stream.tasks.length).toBe(100);
  });

  it('refuses bad options and labels', () => {
    const base = { train: data, test: data, tasks: 2, seed: 1 };
    expect(failure(() => permuted({ ...base, tasks: 0 }))).toContain('tasks must be a whole number of at least 1, received 0.');
    expect(failure(() => permuted({ ...base, seed: 0.5 }))).toContain('seed must be a whole number, received 0.5.');
    expect(failure(() => permuted({ ...base, pad: -1 }))).toContain('pad must be');
    expect(failure(() => permuted({ ...base, first: 'same' as 'identity' }))).toContain("first must be one of 'identity', 'permuted'");
    expect(failure(() => permuted({ ...base, scenario: 'free' as 'domain' }))).toContain('scenario must be');
    expect(failure(() => permuted({ ...base, classes: 2 }))).toBe(
      'CL_LABEL permuted(): row 2 of train has label 2; labels must be in 0 … 1.',
    );
    expect(failure(() => permuted({ ...base, train: { ...data, x: { a: data.x as Column } } }))).toContain(
      'CL_SHAPE permuted(): x must be one column',
    );
    expect(failure(() => permuted({ ...base, test: undefined as never }))).toMatch(/^CL_DATA permuted\(\): test: expected a data set/);
    const flat = images(2, [9], 2);
    expect(failure(() => permuted({ ...base, train: flat, test: flat, pad: 1 }))).toContain('rows must be images');
  });
});
