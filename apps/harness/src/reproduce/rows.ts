import type { RunSpec } from '../results/schema.js';
import { partsOf } from '../strategies/catalog.js';
import { bandOf, summaryOf } from './band.js';
import type { MeasuredRun } from './measured-run.js';
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

/** A row and the runs that it is the mean of, one a seed, and what they ran as. */
export interface RowOfRuns {
  readonly row: Row;
  readonly runs: readonly MeasuredRun[];
  readonly spec: RunSpec;
}

/** The rows of a table, from the runs of each. `compared`: whether published numbers are those of this protocol. */
export function rowsOf(table: TableToMake, all: readonly RowOfRuns[], compared: boolean): readonly ReproducedRow[] {
  return all.map(({ row, runs, spec }): ReproducedRow => {
    const { strategy, label, buffer = null } = row;
    const accuracy = summaryOf(runs.map((run) => run.accuracy));
    const summary = (name: 'forgetting' | 'backwardTransfer' | 'forwardTransfer'): Summary | null => {
      const values = runs.flatMap((run) => run[name] ?? []);
      return values.length > 0 ? summaryOf(values) : null;
    };
    return {
      strategy,
      label,
      buffer,
      seeds: runs.length,
      accuracy,
      forgetting: summary('forgetting'),
      backwardTransfer: summary('backwardTransfer'),
      forwardTransfer: summary('forwardTransfer'),
      measures: meansOf(runs.map(({ measures }) => measures)),
      memory: {
        parameters: summaryOf(runs.map(({ memory }) => memory.parameters)).mean,
        strategy: summaryOf(runs.map(({ memory }) => memory.strategy)).mean,
      },
      gain: gainOf(row, runs, all),
      options: spec.options,
      learningRate: spec.optimizer.learningRate,
      batchSize: spec.batchSize,
      ...comparisonOf(row, table, { accuracy, compared }),
    };
  });
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
function gainOf({ strategy }: Row, runs: readonly MeasuredRun[], all: readonly RowOfRuns[]): ReproducedRow['gain'] {
  const parts = partsOf(strategy);
  if (parts.length < 2) return null;
  const alone = parts.map((part) => all.find(({ row }) => row.strategy === part));
  if (alone.some((part) => part === undefined)) return null;
  const meanOf = (part: RowOfRuns) => summaryOf(part.runs.map(({ accuracy }) => accuracy)).mean;
  const best = (alone as readonly RowOfRuns[]).reduce((a, b) => (meanOf(b) > meanOf(a) ? b : a));
  const differences = runs.flatMap(({ seed, accuracy }) => {
    const other = best.runs.find((run) => run.seed === seed);
    return other ? [accuracy - other.accuracy] : [];
  });
  return differences.length > 0 ? { ...summaryOf(differences), over: best.row.label } : null;
}
