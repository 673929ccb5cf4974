import { describe, expect, it } from 'vitest';
import { resultsTable, sectionsOf } from '../../src/report/tables.js';
import type { RunResult } from '../../src/results/schema.js';
import { comparison, made } from './fixtures.js';

/** A result with these numbers and no others of interest. */
const withAccuracy = (strategy: string, seed: number, averageAccuracy: number, forgetting: number | null = null) => {
  const result = made({ strategy, seed });
  return { ...result, metrics: { averageAccuracy, forgetting, backwardTransfer: null, forwardTransfer: null, learningAccuracy: null } };
};

describe('rows', () => {
  it('have mean and sample standard deviation over seeds', () => {
    const [row] = resultsTable([withAccuracy('ewc', 1, 0.2), withAccuracy('ewc', 2, 0.4), withAccuracy('ewc', 3, 0.6)]);
    expect(row!.seeds).toEqual([1, 2, 3]);
    expect(row!.accuracy!.mean).toBeCloseTo(0.4, 12);
    // √(((−0.2)² + 0 + 0.2²) / 2) = 0.2
    expect(row!.accuracy!.deviation).toBeCloseTo(0.2, 12);
    expect(row!.forgetting).toBeNull();
  });

  it('know no deviation of one seed', () => {
    expect(resultsTable([withAccuracy('ewc', 1, 0.2)])[0]!.accuracy).toMatchObject({ mean: 0.2, deviation: null });
  });

  it('count a run that is there twice once, the later one', () => {
    const [row] = resultsTable([withAccuracy('ewc', 1, 0.2), withAccuracy('ewc', 1, 0.3)]);
    expect(row!.accuracy).toMatchObject({ mean: 0.3, deviation: null });
  });

  it('go from the upper bounds over the best to the lower ones', () => {
    const results = [
      withAccuracy('finetune', 1, 0.5),
      withAccuracy('ewc', 1, 0.2),
      withAccuracy('replay', 1, 0.9),
      withAccuracy('joint', 1, 0.8),
    ];
    expect(resultsTable(results).map(({ strategy }) => strategy)).toEqual(['joint', 'replay', 'ewc', 'finetune']);
  });

  it('tell one setting of a strategy from another by what differs', () => {
    const results = [1, 100].map((lambda) => made({ strategy: 'ewc', options: { ewc: { lambda, mode: 'online' } } }));
    const labels = resultsTable(results).map(({ label }) => label);
    expect(labels.sort()).toEqual(['EWC (lambda 1)', 'EWC (lambda 100)']);
  });

  it('tell runs in which all outputs competed from those in which only those seen so far did', () => {
    const plain = made({ strategy: 'der' });
    const open = { ...plain, id: 'open', spec: { ...plain.spec, competing: 'all' as const } };
    const labels = resultsTable([plain, open]).map(({ label }) => label);
    expect(labels.sort()).toEqual(['DER (competing all)', 'DER (competing seen)']);
  });

  it('never share a label', () => {
    const results = [100, 200].map((test) => {
      const result = made();
      return { ...result, id: `${test}`, spec: { ...result.spec, limit: { train: null, test } } };
    });
    expect(new Set(resultsTable(results).map(({ label }) => label)).size).toBe(2);
  });

  it('average what the task tells in a class-incremental run', () => {
    const accuracyWithinTask = [
      [0.9, 0.5],
      [0.8, 0.6],
    ];
    expect(resultsTable([made({ tasks: 2 }, { accuracyWithinTask })])[0]!.accuracyWithinTask!.mean).toBeCloseTo(0.7, 12);
    expect(resultsTable([made({ scenario: 'task' })])[0]!.accuracyWithinTask).toBeNull();
  });
});

describe('the best', () => {
  it('is the highest or the lowest, as the measure has it, and never a bound', () => {
    const rows = resultsTable([
      withAccuracy('joint', 1, 0.99, 0),
      withAccuracy('ewc', 1, 0.5, 0.1),
      withAccuracy('replay', 1, 0.9, 0.2),
      withAccuracy('finetune', 1, 0.95, 0),
    ]);
    const best = Object.fromEntries(rows.map((row) => [row.strategy, row.best.filter((measure) => measure !== 'accuracyWithinTask')]));
    expect(best).toEqual({ joint: [], replay: ['accuracy'], ewc: ['forgetting'], finetune: [] });
  });

  it('is nobody where there is nothing to choose from or all are equal, and several where several are', () => {
    const bestOf = (...results: RunResult[]) => resultsTable(results).map(({ best }) => best.includes('accuracy'));
    expect(bestOf(withAccuracy('ewc', 1, 0.5), withAccuracy('finetune', 1, 0.2))).toEqual([false, false]);
    expect(bestOf(withAccuracy('ewc', 1, 0.5), withAccuracy('spg', 1, 0.5))).toEqual([false, false]);
    expect(bestOf(withAccuracy('ewc', 1, 0.5), withAccuracy('spg', 1, 0.5), withAccuracy('lwf', 1, 0.4))).toEqual([true, true, false]);
  });
});

describe('sections', () => {
  it('hold what can be compared: one benchmark, one scenario', () => {
    const sections = sectionsOf([...comparison(), made({ benchmark: 'split-mnist', scenario: 'domain' })]);
    expect(sections.map(({ benchmark, scenario, rows }) => [benchmark, scenario, rows.length])).toEqual([
      ['split-digits', 'class', 7],
      ['split-digits', 'task', 7],
      ['split-mnist', 'domain', 1],
    ]);
  });

  it('have a row for a strategy of which every run failed', () => {
    const { id, spec } = made({ strategy: 'ewc' });
    const [section] = sectionsOf([], [{ format: 1, id, spec, code: 'CL_NOT_FINITE', message: 'NaN', at: '2026-11-24T00:00:00Z' }]);
    expect(section!.rows[0]).toMatchObject({ label: 'EWC', failed: [1], accuracy: null });
  });
});
