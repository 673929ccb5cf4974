import { expect, test } from 'vitest';
import { studyArms } from '../lib/studies.mjs';

const found = {
  id: 's',
  seeds: [1, 2],
  ...{ command: 'cl study s', commit: '0123456789', date: '2026-11-30', machine: 'one' },
  measures: [
    { name: 'f1', label: 'F1', unit: '%' },
    { name: 'loss', label: 'loss', unit: 'nats' },
  ],
  rows: ['a', 'b', 'c'].map((name, i) => ({
    ...{ name, label: `Arm ${name}`, seeds: 2 },
    values: { f1: { mean: 0.1 * (i + 1), standardError: 0.01 }, loss: i === 2 ? null : { mean: i, standardError: 0.5 } },
  })),
};

test('some arms of a study, in its order', () => {
  expect(studyArms('s', ['c', 'a'], [found]).split('\n')).toEqual([
    '| arm | F1 % | loss nats |',
    '| --- | --: | --: |',
    '| Arm a | 10.0 ± 1.0 | 0.000 ± 0.500 |',
    '| Arm c | 30.0 ± 1.0 | – |',
    '',
    'Mean ± standard error over 2 seeds. Written by `cl study s` at 0123456, 2026-11-30, on one.',
  ]);
});

test('a study that is not there, and an arm that it has not', () => {
  expect(studyArms('t', ['a'], [found])).toBe('*Not measured yet.*');
  expect(() => studyArms('s', ['a', 'd'], [found])).toThrow(/'s' has no arm d: it has a, b, c/);
});
