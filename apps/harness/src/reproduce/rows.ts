import { metricsOf } from '../results/metrics.js';
import type { RunResult, RunSpec } from '../results/schema.js';
import { partsOf } from '../strategies/catalog.js';
import { bandOf, summaryOf } from './band.js';
import type { Row, TableToMake } from './reproduction.js';

export interface Summary {
  readonly mean: number;
  readonly deviation: number;
  readonly standardError: number;
}

/** One cell of a table that is made again. Accuracies as shares, 0 to 1. */
export interface ReproducedRow {
  readonly strategy: string;
  readonly label: string;
  /** Rows in its memory, where the table has several sizes. */
  readonly buffer: number | null;
  readonly seeds: number;
  /** As measured, and its spread over the seeds. */
  readonly accuracy: Summary;
  readonly forgetting: Summary | null;
  readonly backwardTransfer: Summary | null;
  readonly forwardTransfer: Summary | null;
  /** What the strategies say of themselves after the last task: 'packnet.used'. Means over the seeds. */
  readonly measures: { readonly [name: string]: number };
  /** Bytes of parameters, and of what the strategy keeps; means over the seeds. */
  readonly memory: { readonly parameters: number; readonly strategy: number };
  /** Over the better of the parts of a composition, with the same seeds; null where they are no rows of the table. */
  readonly gain: (Summary & { readonly over: string }) | null;
  readonly options: RunSpec['options'];
  readonly learningRate: number;
  readonly batchSize: number;
  /** The target, the band around it, and whether the measured mean lies in it. */
  readonly published: { readonly accuracy: number; readonly standardError: number | null; readonly source: string } | null;
  readonly band: { readonly low: number; readonly high: number } | null;
  readonly inBand: boolean | null;
}

interface Complete {
  readonly row: Row;
  readonly results: readonly RunResult[];
}

/** The rows of a table, from the runs of each. `compared`: whether published numbers are those of this protocol. */
export function rowsOf(
  table: TableToMake,
  complete: readonly Complete[],
  compared: boolean,
): { readonly rows: readonly ReproducedRow[]; readonly accuracyOf: (result: RunResult) => number } {
  const metrics = ({ metrics: own, accuracyWithinTask, initial, spec }: RunResult): RunResult['metrics'] =>
    table.reading === 'task' && accuracyWithinTask ? metricsOf({ accuracy: accuracyWithinTask, initial, spec }) : own;
  const accuracyOf = (result: RunResult) => metrics(result).averageAccuracy!;
  const summary = (results: readonly RunResult[], name: string): Summary | null => {
    const values = results.map((result) => metrics(result)[name]).filter((value) => value !== null && value !== undefined);
    return values.length > 0 ? summaryOf(values) : null;
  };

  const rows = complete.map(({ row, results }): ReproducedRow => {
    const { strategy, label, buffer = null } = row;
    const accuracy = summaryOf(results.map(accuracyOf));
    const { options, optimizer, batchSize } = results[0]!.spec;
    return {
      strategy,
      label,
      buffer,
      seeds: results.length,
      accuracy,
      forgetting: summary(results, 'forgetting'),
      backwardTransfer: summary(results, 'backwardTransfer'),
      forwardTransfer: summary(results, 'forwardTransfer'),
      measures: meansOf(results.map(({ measures = {} }) => measures)),
      memory: {
        parameters: summaryOf(results.map(({ memory }) => memory.parameters)).mean,
        strategy: summaryOf(results.map(({ memory }) => memory.strategy)).mean,
      },
      gain: gainOf(row, results, complete, accuracyOf),
      options,
      learningRate: optimizer.learningRate,
      batchSize,
      ...comparisonOf(row, table, { accuracy, compared }),
    };
  });
  return { rows, accuracyOf };
}

function comparisonOf(
  { published: target }: Row,
  { source }: TableToMake,
  { accuracy, compared }: { accuracy: Summary; compared: boolean },
): Pick<ReproducedRow, 'published' | 'band' | 'inBand'> {
  if (!target || !compared) return { published: null, band: null, inBand: null };
  const band = bandOf(target, 100 * accuracy.standardError);
  return {
    published: {
      accuracy: target.accuracy / 100,
      standardError: target.standardError === undefined ? null : target.standardError / 100,
      source: target.source ?? source ?? '',
    },
    band: { low: band.low / 100, high: band.high / 100 },
    inBand: 100 * accuracy.mean >= band.low && 100 * accuracy.mean <= band.high,
  };
}

const meansOf = (all: readonly { readonly [name: string]: number }[]): { readonly [name: string]: number } =>
  Object.fromEntries(Object.keys(all[0] ?? {}).map((name) => [name, summaryOf(all.map((one) => one[name] ?? 0)).mean]));

/** What a composition has more than the better of its parts: the mean difference of runs of the same seed. */
function gainOf(
  { strategy }: Row,
  results: readonly RunResult[],
  complete: readonly Complete[],
  accuracyOf: (result: RunResult) => number,
): ReproducedRow['gain'] {
  const parts = partsOf(strategy);
  if (parts.length < 2) return null;
  const alone = parts.map((part) => complete.find(({ row }) => row.strategy === part));
  if (alone.some((part) => part === undefined)) return null;
  const meanOf = (part: Complete) => summaryOf(part.results.map(accuracyOf)).mean;
  const best = (alone as readonly Complete[]).reduce((a, b) => (meanOf(b) > meanOf(a) ? b : a));
  const differences = results.flatMap((result) => {
    const other = best.results.find(({ spec }) => spec.seed === result.spec.seed);
    return other ? [accuracyOf(result) - accuracyOf(other)] : [];
  });
  return differences.length > 0 ? { ...summaryOf(differences), over: best.row.label } : null;
}
