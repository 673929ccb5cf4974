import { specsOf } from '../config/specs.js';
import { catalog } from '../strategies/catalog.js';
import type { StrategyInfo } from '../strategies/info.js';
import type { ReproducedTable } from './reproduce.js';
import type { Summary } from './rows.js';

/** What to expect of a method in a scenario, and what was measured. */
export interface LimitCell {
  readonly accuracy: Pick<Summary, 'mean' | 'standardError'> | null;
  readonly seeds: number;
  /** The table that it stands in. */
  readonly table: string | null;
  /** How far it is from fine-tuning (0) to joint training (1). */
  readonly share: number | null;
  /** Measured: less than a tenth of the way. Null where it was not measured. */
  readonly fails: boolean | null;
  /** Why it must be expected to fail here, or why it cannot be used; null where neither is so. */
  readonly expected: string | null;
  readonly impossible: string | null;
}

export type LimitScenario = 'task' | 'domain' | 'class';
export const LIMIT_SCENARIOS: readonly LimitScenario[] = ['task', 'domain', 'class'];

export interface LimitRow {
  readonly strategy: string;
  readonly label: string;
  readonly family: StrategyInfo['family'];
  readonly cells: Readonly<Record<LimitScenario, LimitCell>>;
}

/** `results/limits.json`: made of other results, with no runs of its own. */
export interface Limits {
  readonly kind: 'limits';
  readonly id: 'limits';
  readonly command: string;
  readonly blocks: readonly {
    readonly benchmark: string;
    readonly title: string;
    readonly protocol: string;
    readonly commits: readonly string[];
    readonly date: string;
    readonly rows: readonly LimitRow[];
  }[];
}

/** Less than this share of the way from fine-tuning to joint training is a failure. */
const FAILS = 0.1;

/** Benchmarks of which all methods of a row are measured by one protocol: names of tables, without the scenario. */
const BLOCKS = [
  { benchmark: 'split-mnist', title: 'Split-MNIST', tables: ['split-mnist', 'more-split-mnist'] },
  { benchmark: 'permuted-mnist', title: 'Permuted-MNIST', tables: ['permuted-mnist'] },
  { benchmark: 'split-digits', title: 'Split-Digits', tables: ['split-digits'] },
] as const;

/** The limits, from the tables that there are; null while there is none to make them of. */
export function limitsOf(tables: readonly ReproducedTable[], command: string): Limits | null {
  const blocks = BLOCKS.flatMap(({ benchmark, title, tables: names }) => {
    const used = names.flatMap((name) =>
      LIMIT_SCENARIOS.flatMap((scenario) => tables.find(({ id }) => id === `${name}-${scenario}`) ?? []),
    );
    if (used.length === 0) return [];
    const labels = new Map(used.flatMap(({ rows }) => rows.map(({ strategy, label }) => [label, strategy] as const)));
    return [
      {
        benchmark,
        title,
        protocol: used[0]!.protocol,
        commits: [
          ...new Set(used.flatMap(({ commit, runs }) => [commit, ...runs.map((run) => run.commit)]).flatMap((commit) => commit ?? [])),
        ],
        date: used
          .map(({ date }) => date)
          .sort()
          .at(-1)!,
        rows: [...labels].map(([label, strategy]) => rowOf({ label, strategy, benchmark }, used)),
      },
    ];
  });
  return blocks.length > 0 ? { kind: 'limits', id: 'limits', command, blocks } : null;
}

function rowOf(
  about: { readonly label: string; readonly strategy: string; readonly benchmark: string },
  used: readonly ReproducedTable[],
): LimitRow {
  const info = catalog.find(({ name }) => name === about.strategy);
  const cell = (scenario: LimitScenario) =>
    cellOf(
      { ...about, info, scenario },
      used.filter((table) => table.scenario === scenario),
    );
  return {
    strategy: about.strategy,
    label: about.label,
    family: info?.family ?? 'baseline',
    cells: { task: cell('task'), domain: cell('domain'), class: cell('class') },
  };
}

interface Place {
  readonly label: string;
  readonly strategy: string;
  readonly benchmark: string;
  readonly info: StrategyInfo | undefined;
  readonly scenario: LimitScenario;
}

function cellOf({ label, strategy, benchmark, info, scenario }: Place, tables: readonly ReproducedTable[]): LimitCell {
  const find = (accept: (row: ReproducedTable['rows'][number]) => boolean) => tables.flatMap(({ rows }) => rows).find(accept);
  const row = find((other) => other.label === label);
  const [low, high] = ['finetune', 'joint'].map((name) => find((other) => other.strategy === name)?.accuracy.mean);
  const known = row && low !== undefined && high !== undefined && high > low && info?.bound !== 'upper' && info?.bound !== 'lower';
  const share = known ? (row.accuracy.mean - low) / (high - low) : null;
  return {
    accuracy: row ? { mean: row.accuracy.mean, standardError: row.accuracy.standardError } : null,
    seeds: row?.seeds ?? 0,
    table: row ? (tables.find(({ rows }) => rows.includes(row))?.id ?? null) : null,
    share,
    fails: share === null ? null : share < FAILS,
    expected: expectedToFail(info, scenario),
    impossible: row ? null : impossibleIn(strategy, benchmark, scenario),
  };
}

/** Families that neither keep nor draw examples of earlier tasks, and train one classifier on the task at hand alone. */
const WITHOUT_EXAMPLES: readonly StrategyInfo['family'][] = ['regularization', 'optimization', 'distillation'];

/** Why a method is not to be chosen for a scenario, whatever its settings. */
export function expectedToFail(info: StrategyInfo | undefined, scenario: LimitScenario): string | null {
  if (!info || scenario !== 'class') return null;
  if (info.bound === 'lower') return 'nothing is done against forgetting';
  return WITHOUT_EXAMPLES.includes(info.family) && !info.memory ? 'classes of different tasks never meet in a batch' : null;
}

function impossibleIn(strategy: string, benchmark: string, scenario: LimitScenario): string | null {
  return specsOf({ benchmark, scenarios: [scenario], strategies: [strategy] }, 'graph').leftOut[0]?.why ?? null;
}
