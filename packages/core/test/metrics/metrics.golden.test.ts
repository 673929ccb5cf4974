import { describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import * as metrics from '../../src/metrics/index.js';

interface Given {
  readonly matrix: number[][];
  readonly initialAccuracy: number[];
  readonly jointReferenceAccuracy: number[];
  readonly testSizes: number[];
}

/** NaN as JSON has it. */
const json = (values: number[]) => values.map((value) => (Number.isNaN(value) ? null : value));
const byTask = (values: number[], first = 0) => Object.fromEntries(values.map((value, i) => [String(i + first), value]));
const lowerTriangle = (matrix: number[][]) => matrix.map((row, i) => row.slice(0, i + 1));

describe.each(goldenFiles<Given, Record<string, unknown>>('metrics', new URL('../../golden/', import.meta.url), 'accuracy-matrix-'))(
  '$file',
  ({ given, expected, tolerance }) => {
    const { matrix, initialAccuracy, jointReferenceAccuracy, testSizes } = given;

    it('the formulas', () => {
      const actual = {
        ACC: metrics.averageAccuracy(matrix),
        BWT: metrics.backwardTransfer(matrix),
        FWT: metrics.forwardTransfer(matrix, initialAccuracy),
        averageAccuracyAfterTask: metrics.accuracyAfterEach(matrix),
        averageIncrementalAccuracy: metrics.averageIncrementalAccuracy(matrix),
        learningAccuracy: metrics.learningAccuracy(matrix),
        intransigence: metrics.intransigence(matrix, jointReferenceAccuracy),
        forgettingAfterTask: json(metrics.forgettingAfterEach(matrix)),
        forgettingPerTaskAtEnd: metrics.forgettingPerTask(matrix),
        forgettingFromOwnRowAtEnd: metrics.forgettingPerTask(matrix, { from: 'own' }),
      };
      expectClose(actual, expected.definition, tolerance);
      expect(Object.keys(actual)).toEqual(expect.arrayContaining(Object.keys(expected.definition as object)));
    });

    it('what released code computes', () => {
      const transfers = {
        backwardTransfer: metrics.backwardTransfer(matrix),
        forwardTransfer: metrics.forwardTransfer(matrix, initialAccuracy),
      };
      const actual = {
        gemCode: {
          final: metrics.averageAccuracy(matrix),
          backward: metrics.gemBackwardTransfer(matrix),
          forward: metrics.gemForwardTransfer(matrix, initialAccuracy),
        },
        mammoth: {
          ...transfers,
          forgettingOfLowerTriangle: metrics.mammothForgetting(lowerTriangle(matrix)),
          forgettingOfFullMatrix: metrics.mammothForgetting(matrix),
        },
        agem: { averageForgetting: metrics.forgetting(matrix, { from: 'first' }) },
        avalanche: {
          forgetting: byTask(metrics.avalancheForgetting(matrix)),
          backwardTransfer: byTask(metrics.avalancheForgetting(matrix).map((value) => -value)),
          forwardTransfer: byTask(metrics.avalancheForwardTransfer(matrix, initialAccuracy), 1),
        },
        spg: {
          weightedAccuracyAfterTask: metrics.spgAccuracyAfterEach(matrix, testSizes),
          weightedBackwardTransferAfterTask: metrics.spgBackwardTransferAfterEach(matrix, testSizes),
        },
      };
      for (const [code, values] of Object.entries(actual)) {
        const { note: _, ...numbers } = expected[code] as Record<string, unknown>;
        expectClose(values, numbers, tolerance, code);
      }
    });
  },
);
