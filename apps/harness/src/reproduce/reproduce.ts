import { ContinualLearningError } from '@cl/core';
import type { Settings } from '../config/settings.js';
import { specsOf } from '../config/specs.js';
import { runId } from '../results/identity.js';
import type { RunResult, RunSpec } from '../results/schema.js';
import type { ExtraColumn, Reproduction, Row, Scenario, TableToMake } from './reproduction.js';
import { type ReproducedRow, rowsOf } from './rows.js';

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
  /** Every run: its seed, its accuracy, and the fingerprint of its final parameters. */
  readonly runs: readonly {
    readonly id: string;
    readonly strategy: string;
    readonly seed: number;
    readonly accuracy: number;
    readonly parameterHash: string;
  }[];
}

/** A row with its runs, one a seed. */
export interface RowOfRuns {
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
export function rowsWithRuns(table: TableToMake, { seeds, trial }: Choice, compiler: RunSpec['compiler']): readonly RowOfRuns[] {
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

/** The tables of a choice as measured. A row whose runs did not all finish is left out, and a table without rows. */
export function tablesOf(
  reproduction: Reproduction,
  choice: Choice,
  about: { readonly results: readonly RunResult[]; readonly command: string; readonly compiler: RunSpec['compiler'] },
): readonly ReproducedTable[] {
  const byId = new Map(about.results.map((result) => [result.id, result]));
  return tablesIn(reproduction, choice).flatMap((table) => {
    const complete = rowsWithRuns(table, choice, about.compiler)
      .map(({ row, specs }) => ({ row, results: specs.flatMap((spec) => byId.get(runId(spec)) ?? []) }))
      .filter(({ results }) => results.length === choice.seeds.length);
    return complete.length === 0 ? [] : [tableOf(table, complete, choice, about.command)];
  });
}

function tableOf(
  table: TableToMake,
  complete: readonly { readonly row: Row; readonly results: readonly RunResult[] }[],
  { seeds, trial }: Choice,
  command: string,
): ReproducedTable {
  const all = complete.flatMap(({ results }) => results);
  const newest = all.reduce((a, b) => (a.finishedAt > b.finishedAt ? a : b));
  const { rows, accuracyOf } = rowsOf(table, complete, trial === undefined);
  return {
    kind: 'benchmark',
    id: table.id,
    title: table.title,
    benchmark: table.benchmark,
    scenario: table.reading ?? table.scenario,
    protocol: table.protocol,
    columns: table.columns ?? [],
    command,
    commit: newest.environment.commit,
    date: newest.finishedAt.slice(0, 10),
    machine: `${newest.environment.processor}, TensorFlow ${newest.environment.tensorflow ?? 'none'}`,
    seeds,
    trial: trial ?? null,
    rows,
    runs: all.map((result) => ({
      id: result.id,
      strategy: result.spec.strategy,
      seed: result.spec.seed,
      accuracy: accuracyOf(result),
      parameterHash: result.parameterHash,
    })),
  };
}
