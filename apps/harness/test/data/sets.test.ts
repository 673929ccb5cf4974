import { type Column, ContinualLearningError, read } from '@cl/core';
import { describe, expect, it } from 'vitest';
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
