import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import * as metrics from '../../src/metrics/index.js';

describe('by hand', () => {
  // The example of methods.md, section 2.
  const R = [
    [0.9, 0.3, 0.2],
    [0.7, 0.8, 0.35],
    [0.6, 0.85, 0.9],
  ];
  const b = [0.1, 0.12, 0.11];

  it.each([
    ['ACC', metrics.averageAccuracy(R), 0.78333],
    ['BWT', metrics.backwardTransfer(R), -0.125],
    ['BWT as in GEM’s code', metrics.gemBackwardTransfer(R), -0.08333],
    ['FWT', metrics.forwardTransfer(R, b), 0.21],
    ['FWT as in GEM’s code', metrics.gemForwardTransfer(R, b), 0.14],
    ['f', metrics.forgettingPerTask(R), [0.3, -0.05]],
    ['F', metrics.forgetting(R), 0.125],
    ['F as in Mammoth', metrics.mammothForgetting(R), 0.15],
    ['A', metrics.accuracyAfterEach(R), [0.9, 0.75, 0.78333]],
    ['mean A', metrics.averageIncrementalAccuracy(R), 0.81111],
  ])('%s', (_, actual, expected) => expectClose(actual, expected, { abs: 1e-5, rel: 0 }));

  it('forgetting counts a peak before the task was learned, unless told otherwise', () => {
    const early = [
      [0.9, 0.95],
      [0.9, 0.8],
      [0.9, 0.7, 0.9],
    ];
    expectClose([metrics.forgettingPerTask(early)[1], metrics.forgettingPerTask(early, { from: 'own' })[1]], [0.25, 0.1]);
    expectClose(metrics.forgettingPerTask(R, { after: 1 }), [0.2]);
  });

  it('learning curve area', () => {
    // Z = (0.2, 0.6, 0.8)
    const curves = [
      [0.1, 0.5, 0.9],
      [0.3, 0.7, 0.7],
    ];
    expectClose(
      [0, 1, 2].map((beta) => metrics.learningCurveArea(curves, beta)),
      [0.2, 0.4, 1.6 / 3],
    );
  });

  it('forgetting ratio: 0 as joint training, −1 as chance', () => {
    const joint = [[0.9], [0.8, 0.9]];
    const chance = [0.5, 0.1];
    expectClose(metrics.forgettingRatio(joint, chance, joint), 0);
    expectClose(metrics.forgettingRatio([[0.9], chance], chance, joint), -1);
    // ((0.6 − 0.5) / 0.3 − 1 + (0.5 − 0.1) / 0.8 − 1) / 2 = (−2/3 − 1/2) / 2
    expectClose(metrics.forgettingRatio([[0.9], [0.6, 0.5]], chance, joint), -7 / 12);
    expectClose(metrics.forgettingRatio([[0.7], [0.6, 0.5]], chance, joint, 0), -0.5);
  });

  it('any time and worst case', () => {
    const measurements = [
      { task: 0, accuracies: [0.5] },
      { task: 0, accuracies: [0.9] },
      { task: 1, accuracies: [0.2, 0.4] },
      { task: 1, accuracies: [0.7, 0.8] },
      { task: 2, accuracies: [0.6, 0.3, 0.9] },
    ];
    expectClose(metrics.averageAnytimeAccuracy(measurements), (0.5 + 0.9 + 0.3 + 0.75 + 0.6) / 5);
    // Task 0 fell to 0.2, task 1 to 0.3; what they had before they were learned does not count.
    expectClose(metrics.minimumAccuracy(measurements), 0.25);
    expectClose(metrics.worstCaseAccuracy(measurements), (0.9 + 0.2 + 0.3) / 3);
    expectClose(metrics.worstCaseAccuracy(measurements.slice(0, 2)), 0.9);
    expect(metrics.minimumAccuracy(measurements.slice(0, 2))).toBeNaN();
  });

  it('is about earlier tasks, of which a single task has none', () => {
    expect([metrics.backwardTransfer([[1]]), metrics.forgetting([[1]]), metrics.forwardTransfer([[1]], [0])]).toEqual([NaN, NaN, NaN]);
    expect([metrics.gemBackwardTransfer([[1]]), metrics.gemForwardTransfer([[1]], [0])]).toEqual([0, 0]);
  });

  it('needs nothing above the diagonal, whether it is missing, null or NaN', () => {
    const full = [
      [0.9, 0.3],
      [0.7, 0.8],
    ];
    for (const nothing of [undefined, null, NaN]) {
      const lower = [
        [0.9, nothing],
        [0.7, 0.8],
      ];
      for (const metric of [
        metrics.averageAccuracy,
        metrics.backwardTransfer,
        metrics.forgetting,
        metrics.mammothForgetting,
        metrics.learningAccuracy,
      ]) {
        expect(metric(lower)).toBe(metric(full));
      }
    }
  });

  it.each([
    [() => metrics.averageAccuracy([]), 'averageAccuracy(): needs a row for each task, received none.'],
    [() => metrics.averageAccuracy([[1], [1]]), 'averageAccuracy(): needs the accuracy on task 1 after task 1, which is missing.'],
    [() => metrics.forwardTransfer([[1], [1, 1]], [0, 0]), 'forwardTransfer(): needs the accuracy on task 1 after task 0'],
    [
      () =>
        metrics.forwardTransfer(
          [
            [1, 1],
            [1, 1],
          ],
          [0],
        ),
      'forwardTransfer(): needs the initial accuracy of task 1, which is missing.',
    ],
    [() => metrics.forgetting([[1], [NaN, 1]]), 'forgetting(): needs the accuracy on task 0 after task 1'],
    [() => metrics.accuracyAfterEach([[1], [1, 1]], [5]), 'accuracyAfterEach(): needs the size of task 1'],
    [() => metrics.forgettingRatio([[1]], [0], [[null]]), 'forgettingRatio, joint(): needs the accuracy on task 0'],
    [() => metrics.learningCurveArea([[1, 1], [1]], 1), 'learningCurveArea(): needs the accuracy on task 1 after 1 batches of it'],
    [() => metrics.averageAnytimeAccuracy([]), 'needs at least one measurement, received none.'],
    [
      () => metrics.minimumAccuracy([{ task: 1, accuracies: [null, 1] }]),
      'minimumAccuracy(): needs the accuracy on task 0 after it was learned',
    ],
  ])('says what is missing: case %#', (run, message) => {
    expect(run).toThrow(expect.objectContaining({ code: 'CL_DATA', message: expect.stringContaining(message) }));
  });
});

describe('laws', () => {
  const square = fc.integer({ min: 2, max: 6 }).chain((tasks) =>
    fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: tasks, maxLength: tasks }), {
      minLength: tasks,
      maxLength: tasks,
    }),
  );
  const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(1e-9);

  test.prop([square])('bounds', (R) => {
    const last = R.at(-1)!;
    expect(metrics.averageAccuracy(R)).toBeGreaterThanOrEqual(Math.min(...last) - 1e-12);
    expect(metrics.averageAccuracy(R)).toBeLessThanOrEqual(Math.max(...last) + 1e-12);
    for (const value of metrics.forgettingPerTask(R)) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    expect(metrics.forgetting(R)).toBeGreaterThanOrEqual(metrics.forgetting(R, { from: 'own' }) - 1e-12);
    expect(metrics.forgetting(R, { from: 'own' })).toBeGreaterThanOrEqual(-metrics.backwardTransfer(R) - 1e-12);
    expect(metrics.mammothForgetting(R)).toBeGreaterThanOrEqual(Math.max(0, metrics.forgetting(R)) - 1e-12);
  });

  test.prop([square])('relations', (R) => {
    const T = R.length;
    const equal = Array.from(R, () => 100);
    close(metrics.gemBackwardTransfer(R), (metrics.backwardTransfer(R) * (T - 1)) / T);
    close(metrics.spgBackwardTransferAfterEach(R, equal).at(-1)!, metrics.backwardTransfer(R));
    close(metrics.spgAccuracyAfterEach(R, equal).at(-1)!, metrics.averageAccuracy(R));
    close(metrics.accuracyAfterEach(R).at(-1)!, metrics.averageAccuracy(R));
    close(metrics.forgettingAfterEach(R).at(-1)!, metrics.forgetting(R));
    // What was learned, less what was lost (the last task has lost nothing yet).
    close(metrics.averageAccuracy(R), metrics.learningAccuracy(R) + (metrics.backwardTransfer(R) * (T - 1)) / T);
  });

  test.prop([square])('with the peak at the diagonal, forgetting is the negative of backward transfer', (R) => {
    const peaked = R.map((row, i) => row.map((value, j) => (i === j ? 1 : value)));
    close(metrics.forgetting(peaked), -metrics.backwardTransfer(peaked));
  });

  test.prop([square, fc.double({ min: 0.1, max: 100, noNaN: true })])('percent or not: differences scale', (R, scale) => {
    const scaled = R.map((row) => row.map((value) => value * scale));
    for (const metric of [metrics.averageAccuracy, metrics.backwardTransfer, metrics.forgetting, metrics.mammothForgetting])
      close(metric(scaled) / scale, metric(R));
  });
});
