import { type Column, ContinualLearningError, read } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { parseCifar100 } from '../../src/data/cifar.js';
import { parseDigits } from '../../src/data/digits.js';
import { type DataName, loadData } from '../../src/data/index.js';
import { folderWith } from './with-data.js';

const perClass = (labels: ArrayLike<number>): number[] => {
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return counts;
};

const meanOf = (x: Column): number => {
  const { values } = read(
    x,
    Int32Array.from({ length: 2000 }, (_, i) => i),
  );
  return (values as Float32Array).reduce((sum, value) => sum + value, 0) / values.length;
};

describe('digits', () => {
  it('come with the package', async () => {
    const { train, test, ...about } = await loadData('digits', { environment: {} });
    expect(about).toEqual({ name: 'digits', title: 'Digits', classes: 10, classNames: [...'0123456789'], image: [8, 8, 1] });
    expect([train.length, test.length]).toEqual([3823, 1797]);
    expect(perClass(read(test.y).values)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    const x = train.x as Column;
    expect([x.shape, x.dtype, x.length]).toEqual([[8, 8, 1], 'float32', 3823]);
    const { values } = read(x);
    expect([Math.min(...values.slice(0, 9999)), Math.max(...values.slice(0, 9999))]).toEqual([0, 1]);
    // The first row of scikit-learn's load_digits: 0, 0, 5, 13, 9, 1, 0, 0, …
    expect([...read(test.x as Column, [0]).values.slice(0, 8)].map((value) => value * 16)).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
  });

  it('are checked line by line', () => {
    const line = (values: number[]) => new TextEncoder().encode(`${new Array(64).fill(0)},3\n${values}\n`);
    expect(parseDigits(line([...new Array(64).fill(16), 9]), 'x').labels).toEqual(Uint8Array.of(3, 9));
    for (const bad of [
      [...new Array(64).fill(17), 9],
      [...new Array(64).fill(0), 10],
      new Array(64).fill(0),
      [...new Array(64).fill(0.5), 1],
    ]) {
      expect(() => parseDigits(line(bad), 'x')).toThrow('x: line 2 is not 64 pixels of 0 … 16 and a digit');
    }
  });
});

const official: [DataName, { train: number[]; test: number[]; mean: number }][] = [
  [
    'mnist',
    {
      train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
      test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
      mean: 0.1307,
    },
  ],
  ['fashion-mnist', { train: new Array(10).fill(6000), test: new Array(10).fill(1000), mean: 0.286 }],
];

describe.runIf(folderWith('mnist', 'fashion-mnist'))('the official files', () => {
  it.each(official)('%s: counts, classes and brightness are the known ones', async (name, expected) => {
    const { train, test, classes, classNames, image } = await loadData(name);
    expect([classes, classNames.length, image]).toEqual([10, 10, [28, 28, 1]]);
    expect([train.length, test.length]).toEqual([60_000, 10_000]);
    expect(perClass(read(train.y).values)).toEqual(expected.train);
    expect(perClass(read(test.y).values)).toEqual(expected.test);
    expect(meanOf(train.x as Column)).toBeCloseTo(expected.mean, 2);
  });
});

describe('loadData', () => {
  it('suggests the name that was meant', async () => {
    const error = await loadData('mnst' as 'mnist').catch((reason: unknown) => reason);
    expect(ContinualLearningError.is(error, 'CL_OPTION')).toBe(true);
    expect((error as Error).message).toContain("Did you mean 'mnist'?");
  });
});

describe('records of CIFAR-100', () => {
  it('are planes of red, green and blue, which come out pixel by pixel', () => {
    const record = new Uint8Array(3074);
    record.set([7, 42]);
    // The first and the last pixel: (1, 2, 3) and (4, 5, 6).
    for (const [at, value] of [
      [0, 1],
      [1024, 2],
      [2048, 3],
      [1023, 4],
      [2047, 5],
      [3071, 6],
    ] as const)
      record[2 + at] = value;
    const { pixels, labels } = parseCifar100(Uint8Array.from([...new Uint8Array(3074), ...record]), 'x');
    expect([...labels]).toEqual([0, 42]);
    expect([...pixels.slice(3072, 3076), ...pixels.slice(-4)]).toEqual([1, 2, 3, 0, 0, 4, 5, 6]);
  });

  it('are whole, and of a class that there is', () => {
    expect(() => parseCifar100(new Uint8Array(3075), 'x')).toThrow('x: 3075 bytes are no whole number of records of 3074 bytes.');
    expect(() => parseCifar100(Uint8Array.from([0, 100, ...new Uint8Array(3072)]), 'x')).toThrow('x: record 0 has class 100');
  });

  it('cannot be downloaded, which is said with how to make them', async () => {
    const nowhere = { environment: { HOME: '/nowhere' } };
    await expect(loadData('cifar100-subset', nowhere)).rejects.toThrow(/nobody publishes this file.*first 100 training.*--data DIR/);
    await expect(loadData('cifar100-subset', { ...nowhere, data: '/nowhere' })).rejects.toThrow(
      /there is no folder \/nowhere.*Put them into \/nowhere\/cifar100-subset.*cifar-100-binary/,
    );
  });
});

describe.runIf(folderWith('cifar100-subset'))('the part of CIFAR-100', () => {
  it('has a hundred training and fifty test images of each class', async () => {
    const { train, test, classes, classNames, image } = await loadData('cifar100-subset');
    expect([train.length, test.length, classes, classNames.length, image]).toEqual([10_000, 5000, 100, 100, [32, 32, 3]]);
    expect(new Set(Array.from({ length: 100 }, (_, c) => [...read(train.y).values].filter((y) => y === c).length))).toEqual(new Set([100]));
    expect([...read(test.y, [0, 1, 99, 100]).values]).toEqual([0, 1, 99, 0]);
    // The channels' means of the official training set.
    const { values } = read(
      train.x as Column,
      Int32Array.from({ length: 2000 }, (_, i) => i),
    );
    const sums = [0, 0, 0];
    for (let i = 0; i < values.length; i++) sums[i % 3]! += values[i]!;
    const [red, green, blue] = sums.map((sum) => (3 * sum) / values.length);
    expect(Math.max(Math.abs(red! - 0.507), Math.abs(green! - 0.487), Math.abs(blue! - 0.441))).toBeLessThan(0.015);
  });
});
