import { ContinualLearningError } from '@cl/core';
import type { Settings } from '../config/settings.js';
import { specsOf } from '../config/specs.js';
import { runId } from '../results/identity.js';
import { originOf } from '../results/origin.js';
import type { RunResult, RunSpec } from '../results/schema.js';
import { type MeasuredRun, measured } from './measured-run.js';
import type { ExtraColumn, Reproduction, Row, Scenario, TableToMake } from './reproduction.js';
import { type ReproducedRow, type RowOfRuns, rowsOf } from './rows.js';

/** Which part of a reproduction. */
export interface Choice {
  readonly seeds: readonly number[];
  /** Only these strategies, or all. */
  readonly strategies?: readonly string[] | undefined;
  readonly scenarios?: readonly Scenario[] | undefined;
  /** Only so many steps a task, to try it out; then the published numbers say nothing. */
  readonly trial?: number | undefined;
}

/** `results/split-mnist-task.json` and the like. */
export interface ReproducedTable {
  readonly kind: 'benchmark';
  readonly id: string;
  readonly title: string;
  readonly benchmark: string;
  readonly scenario: Scenario;
  readonly protocol: string;
  readonly columns: readonly ExtraColumn[];
  readonly command: string;
  readonly commit: string | null;
  readonly date: string;
  readonly machine: string;
  readonly seeds: readonly number[];
  /** Steps a task where it was only tried out. */
  readonly trial: number | null;
  readonly rows: readonly ReproducedRow[];
  /** Every run, those included that stood in the table before. */
  readonly runs: readonly MeasuredRun[];
}

/** A row with what runs for it, one a seed. */
export interface RowToRun {
  readonly row: Row;
  readonly specs: readonly RunSpec[];
}

/** The runs that make tables, or a part of them, again; each once, also where two tables read it. */
export function specsToReproduce(reproduction: Reproduction, choice: Choice, compiler: RunSpec['compiler']): readonly RunSpec[] {
  const all = tablesIn(reproduction, choice).flatMap((table) => rowsWithRuns(table, choice, compiler).flatMap(({ specs }) => specs));
  return [...new Map(all.map((spec) => [runId(spec), spec])).values()];
}

/** The tables of a choice, as they are to be made. Throws CL_OPTION for a name that none of them has. */
export function tablesIn({ tables, name }: Reproduction, { strategies, scenarios }: Choice): readonly TableToMake[] {
  const all = {
    scenarios: [...new Set<string>(tables.map(({ scenario }) => scenario))],
    strategies: [...new Set<string>(tables.flatMap(({ rows }) => rows.map(({ strategy }) => strategy)))],
  };
  const chosen = tables
    .filter(({ scenario }) => scenarios?.includes(scenario) ?? true)
    .map((table) => ({ ...table, rows: table.rows.filter(({ strategy }) => strategies?.includes(strategy) ?? true) }))
    .filter(({ rows }) => rows.length > 0);
  const unknown = [
    ...(scenarios ?? []).filter((scenario) => !all.scenarios.includes(scenario)),
    ...(strategies ?? []).filter((strategy) => !all.strategies.includes(strategy)),
  ];
  if (chosen.length > 0 && unknown.length === 0) return chosen;
  throw new ContinualLearningError(
    'CL_OPTION',
    `'${name}' has no ${unknown.length > 0 ? unknown.map((one) => `'${one}'`).join(', ') : 'such cells'}. Scenarios: ${all.scenarios.join(', ')}. Strategies: ${all.strategies.join(', ')}.`,
  );
}

/** The rows of a table with their runs. Throws CL_REQUIREMENT for a row whose strategy cannot be used in its scenario. */
export function rowsWithRuns(table: TableToMake, { seeds, trial }: Choice, compiler: RunSpec['compiler']): readonly RowToRun[] {
  return table.rows.map((row) => {
    const settings: Settings = {
      ...table.settings,
      ...row.settings,
      set: { ...table.settings.set, ...row.settings?.set },
      benchmark: table.benchmark,
      scenarios: [row.scenario ?? table.scenario],
      strategies: [row.strategy],
      seeds: [...seeds],
    };
    const { runs, leftOut } = specsOf(trial === undefined ? settings : shortened(settings, trial), compiler);
    if (leftOut[0]) {
      throw new ContinualLearningError('CL_REQUIREMENT', `${table.id}: '${row.label}' cannot be a row: ${leftOut[0].why}.`);
    }
    return { row, specs: runs };
  });
}

const shortened = ({ epochs: _, ...settings }: Settings, iterations: number): Settings => ({
  ...settings,
  iterations,
  limit: [Math.max(500, 2 * (settings.batch ?? 128)), 200],
});

export interface Measurements {
  readonly results: readonly RunResult[];
  /** Tables as they stand: what is not measured now stays, as long as it is a run of the same settings. */
  readonly earlier: readonly Pick<ReproducedTable, 'id' | 'runs'>[];
  readonly command: string;
  readonly compiler: RunSpec['compiler'];
}

/** The tables of a choice as measured. A row that was asked for and whose runs did not all finish is left out, and a table without such rows. */
export function tablesOf(reproduction: Reproduction, choice: Choice, measurements: Measurements): readonly ReproducedTable[] {
  return tablesIn(reproduction, choice).flatMap((part) => {
    const table = reproduction.tables.find(({ id }) => id === part.id)!;
    const before = measurements.earlier.find(({ id }) => id === table.id)?.runs ?? [];
    const seeds = [...new Set([...choice.seeds, ...before.map(({ seed }) => seed)])].sort((a, b) => a - b);
    const now = new Map(measurements.results.map((result) => [result.id, result]));
    const known = new Map(before.map((run) => [run.id, run]));

    const rows = rowsWithRuns(table, { ...choice, seeds }, measurements.compiler).flatMap(({ row, specs }): RowOfRuns[] => {
      const asked = part.rows.includes(row) ? choice.seeds : [];
      const runs = specs.flatMap((spec) => {
        const id = runId(spec);
        const result = asked.includes(spec.seed) ? now.get(id) : undefined;
        return (result ? measured(result, table) : known.get(id)) ?? [];
      });
      const isWhole = runs.length > 0 && asked.every((seed) => runs.some((run) => run.seed === seed));
      return isWhole ? [{ row, runs, spec: specs[0]! }] : [];
    });
    const newest = rows
      .flatMap(({ runs }) => runs.flatMap(({ id }) => now.get(id) ?? []))
      .sort(byEnd)
      .at(-1);
    return newest ? [tableOf(table, rows, { choice, newest, command: measurements.command })] : [];
  });
}

const byEnd = (a: RunResult, b: RunResult) => (a.finishedAt < b.finishedAt ? -1 : 1);

function tableOf(
  table: TableToMake,
  rows: readonly RowOfRuns[],
  { choice, newest, command }: { choice: Choice; newest: RunResult; command: string },
): ReproducedTable {
  const runs = rows.flatMap((row) => row.runs);
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
  return {
    kind: 'benchmark',
    id: table.id,
    title: table.title,
    benchmark: table.benchmark,
    scenario: table.reading ?? table.scenario,
    protocol: table.protocol,
    columns: table.columns ?? [],
    command,
    ...originOf(newest),
    seeds,
    trial: choice.trial ?? null,
    rows: rowsOf(table, rows, choice.trial === undefined),
    runs,
  };
}
