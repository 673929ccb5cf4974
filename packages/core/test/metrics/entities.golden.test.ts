import { describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import { type EntityMode, type EntityScores, entityScores } from '../../src/index.js';

interface Given {
  readonly gold: readonly string[][];
  readonly predicted: readonly string[][];
}
type Row = { readonly precision: number; readonly recall: number; readonly 'f1-score': number; readonly support: number };
type Report = { readonly report: { readonly [name: string]: Row }; readonly microF1: number; readonly macroF1: number };
interface Expected {
  readonly default: Report;
  readonly strictIOB2: Report;
}

/** In seqeval's words. */
const asReport = ({ perType, micro, macro, weighted }: EntityScores) =>
  Object.fromEntries(
    Object.entries({ ...perType, 'micro avg': micro, 'macro avg': macro, 'weighted avg': weighted }).map(
      ([name, { precision, recall, f1, support }]) => [name, { precision, recall, 'f1-score': f1, support }],
    ),
  );

const files = goldenFiles<Given, Expected>('metrics', new URL('../../golden/', import.meta.url), 'entity-f1');
describe.each(files)('$file', ({ given, expected, tolerance }) => {
  const modes: readonly [EntityMode, Report][] = [
    ['conlleval', expected.default],
    ['strict', expected.strictIOB2],
  ];
  it.each(modes)("%s: seqeval's numbers", (mode, report) => {
    const scores = asReport(entityScores(given.gold, given.predicted, { mode }));
    expect(Object.keys(scores).sort()).toEqual(Object.keys(report.report).sort());
    expectClose(scores, report.report, tolerance);
  });
});
