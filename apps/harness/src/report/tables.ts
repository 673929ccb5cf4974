import { type Group, type Spread, spreadOf, summarise } from '../report-data/summarise.js';
import { metricsOf } from '../results/metrics.js';
import type { RunFailure, RunResult, RunSpec } from '../results/schema.js';

/** What is compared between strategies, and which way is better. */
export const MEASURES = {
  accuracy: 'up',
  accuracyWithinTask: 'up',
  forgetting: 'down',
  backwardTransfer: 'up',
  forwardTransfer: 'up',
  learningAccuracy: 'up',
} as const;
export type Measure = keyof typeof MEASURES;

/** One strategy in one scenario. Accuracies and the like in [0, 1]; null where nothing was measured. */
export interface ResultRow extends Group, Readonly<Record<Measure, Spread | null>> {
  readonly benchmark: string;
  readonly trainSeconds: Spread | null;
  /** Bytes. */
  readonly parameters: Spread | null;
  readonly kept: Spread | null;
  readonly resident: Spread | null;
  /** In which it is the best of those that are no bounds. */
  readonly best: readonly Measure[];
}

/** The strategies that were compared with each other: on one benchmark, in one scenario. */
export interface Section {
  readonly benchmark: string;
  readonly scenario: RunSpec['scenario'];
  /** Upper bounds first, then the best first, lower bounds last. */
  readonly rows: readonly ResultRow[];
}

const SCENARIOS: readonly RunSpec['scenario'][] = ['class', 'domain', 'task', 'free'];

/** Results by benchmark, in the order in which they come, and scenario. A run that is there twice counts once: the later one. */
export function sectionsOf(results: readonly RunResult[], failures: readonly RunFailure[] = []): Section[] {
  const runs = [...new Map(results.map((result) => [result.id, result])).values()];
  const benchmarks = [...new Set([...runs, ...failures].map(({ spec }) => spec.benchmark))];
  const all = benchmarks.flatMap((benchmark) => SCENARIOS.map((scenario) => ({ benchmark, scenario })));
  const own = <T extends { readonly spec: RunSpec }>(list: readonly T[], { benchmark, scenario }: (typeof all)[number]) =>
    list.filter(({ spec }) => spec.benchmark === benchmark && spec.scenario === scenario);
  return all
    .map((section) => ({ ...section, rows: rowsOf(own(runs, section), own(failures, section)) }))
    .filter(({ rows }) => rows.length > 0);
}

/** The rows of all sections. */
export const resultsTable = (results: readonly RunResult[], failures: readonly RunFailure[] = []): ResultRow[] =>
  sectionsOf(results, failures).flatMap(({ rows }) => rows);

const RANK = { upper: 0, none: 1, lower: 2 };

function rowsOf(results: readonly RunResult[], failures: readonly RunFailure[]): ResultRow[] {
  const rows = withOwnLabels(summarise(results, failures).map(rowOf));
  const level = ({ accuracy }: ResultRow) => accuracy?.mean ?? -1;
  rows.sort((a, b) => RANK[a.bound ?? 'none'] - RANK[b.bound ?? 'none'] || level(b) - level(a));
  const bestOf = new Map(Object.keys(MEASURES).map((name) => [name as Measure, bestValue(rows, name as Measure)]));
  return rows.map((row) => ({
    ...row,
    best: row.bound
      ? []
      : [...bestOf].filter(([measure, value]) => row[measure] && row[measure].mean === value).map(([measure]) => measure),
  }));
}

function rowOf(group: Group): ResultRow {
  const over = (value: (result: RunResult) => number | null | undefined) => spreadOf(group.results.map(value));
  return {
    ...group,
    benchmark: group.spec.benchmark,
    accuracyWithinTask: over(withinTask),
    backwardTransfer: over(({ metrics }) => metrics.backwardTransfer),
    forwardTransfer: over(({ metrics }) => metrics.forwardTransfer),
    trainSeconds: over(({ time }) => time.trainSeconds),
    parameters: over(({ memory }) => memory.parameters),
    kept: over(({ memory }) => memory.strategy),
    resident: over(({ memory }) => memory.resident),
    best: [],
  };
}

/** Average accuracy of a class-incremental run when it is told the task. */
function withinTask({ accuracyWithinTask: accuracy, initial, spec }: RunResult): number | null {
  return accuracy ? (metricsOf({ accuracy, initial, spec }).averageAccuracy ?? null) : null;
}

/** Labels that are there twice get a number: what differs is not always of what a label says. */
function withOwnLabels(rows: readonly ResultRow[]): ResultRow[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const count = (seen.get(row.label) ?? 0) + 1;
    seen.set(row.label, count);
    return count === 1 ? row : { ...row, label: `${row.label} #${count}` };
  });
}

/** The best mean of those that are no bounds; undefined where there is nothing to choose from, or all are equal. */
function bestValue(rows: readonly ResultRow[], measure: Measure): number | undefined {
  const means = rows.filter(({ bound }) => !bound).flatMap((row) => row[measure]?.mean ?? []);
  if (new Set(means).size < 2) return undefined;
  return MEASURES[measure] === 'up' ? Math.max(...means) : Math.min(...means);
}
