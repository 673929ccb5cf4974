import { specsOf } from '../config/specs.js';
import type { RunResult, RunSpec } from '../results/schema.js';
import { bandOf, summaryOf } from './band.js';
import type { Published, PublishedMethod, Reproduction } from './published.js';

/** Which part of a reproduction. */
export interface Choice {
  readonly seeds: readonly number[];
  /** Only these strategies, or all. */
  readonly strategies?: readonly string[] | undefined;
  readonly scenarios?: readonly RunSpec['scenario'][] | undefined;
}

/** One cell of a table that is made again. Accuracies as shares, 0 to 1. */
export interface ReproducedRow {
  readonly strategy: string;
  readonly label: string;
  readonly seeds: number;
  readonly accuracy: { readonly mean: number; readonly deviation: number; readonly standardError: number };
  readonly forgetting: { readonly mean: number; readonly deviation: number } | null;
  readonly published: { readonly accuracy: number; readonly standardError: number | null; readonly source: string } | null;
  readonly band: { readonly low: number; readonly high: number } | null;
  readonly inBand: boolean | null;
}

/** `results/split-mnist-task.json` and the like. */
export interface ReproducedTable {
  readonly kind: 'benchmark';
  readonly id: string;
  readonly title: string;
  readonly scenario: RunSpec['scenario'];
  readonly protocol: string;
  readonly command: string;
  readonly commit: string | null;
  readonly date: string;
  readonly machine: string;
  readonly seeds: readonly number[];
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

/** The runs that make a published table, or a part of it, again. */
export function specsToReproduce(reproduction: Reproduction, choice: Choice, compiler: RunSpec['compiler']): readonly RunSpec[] {
  const { benchmark, settings } = reproduction;
  return cellsOf(reproduction, choice).flatMap(
    ({ scenario, method }) =>
      specsOf(
        {
          ...settings,
          benchmark,
          scenarios: [scenario],
          strategies: [method.strategy],
          seeds: [...choice.seeds],
          set: method.set(scenario),
        },
        compiler,
      ).runs,
  );
}

/** One table a scenario. A method whose runs did not all finish is left out. */
export function tablesOf(
  reproduction: Reproduction,
  choice: Choice,
  about: { readonly results: readonly RunResult[]; readonly command: string },
): readonly ReproducedTable[] {
  const { scenarios = reproduction.scenarios, seeds } = choice;
  return scenarios.flatMap((scenario) => {
    const complete = cellsOf(reproduction, { ...choice, scenarios: [scenario] })
      .map(({ method }) => ({
        method,
        results: about.results.filter(
          ({ spec }) => spec.scenario === scenario && spec.strategy === method.strategy && seeds.includes(spec.seed),
        ),
      }))
      .filter(({ results }) => results.length === seeds.length);
    return complete.length === 0 ? [] : [tableOf(reproduction, { scenario, complete, seeds, command: about.command })];
  });
}

function cellsOf({ methods, scenarios: all }: Reproduction, { scenarios = all, strategies }: Choice) {
  const chosen = methods.filter(({ strategy }) => strategies?.includes(strategy) ?? true);
  return scenarios.flatMap((scenario) => chosen.map((method) => ({ scenario, method })));
}

const SCENARIO_TITLES = { task: 'task-incremental', domain: 'domain-incremental', class: 'class-incremental', free: 'task-free' } as const;

function tableOf(
  reproduction: Reproduction,
  {
    scenario,
    complete,
    seeds,
    command,
  }: {
    scenario: RunSpec['scenario'];
    complete: readonly { readonly method: PublishedMethod; readonly results: readonly RunResult[] }[];
    seeds: readonly number[];
    command: string;
  },
): ReproducedTable {
  const all = complete.flatMap(({ results }) => results);
  const newest = all.reduce((a, b) => (a.finishedAt > b.finishedAt ? a : b));
  return {
    kind: 'benchmark',
    id: `${reproduction.name}-${scenario}`,
    title: `${reproduction.title}, ${SCENARIO_TITLES[scenario]}`,
    scenario,
    protocol: reproduction.protocol,
    command,
    commit: newest.environment.commit,
    date: newest.finishedAt.slice(0, 10),
    machine: `${newest.environment.processor}, TensorFlow ${newest.environment.tensorflow ?? 'none'}`,
    seeds,
    rows: complete.map(({ method, results }) => rowOf(reproduction, method, scenario, results)),
    runs: all.map(({ id, spec, metrics, parameterHash }) => ({
      id,
      strategy: spec.strategy,
      seed: spec.seed,
      accuracy: metrics.averageAccuracy!,
      parameterHash,
    })),
  };
}

function rowOf(
  { source }: Reproduction,
  { strategy, label, published }: PublishedMethod,
  scenario: RunSpec['scenario'],
  results: readonly RunResult[],
): ReproducedRow {
  const accuracy = summaryOf(results.map(({ metrics }) => metrics.averageAccuracy!));
  const forgotten = results.map(({ metrics }) => metrics.forgetting).filter((value) => value !== null && value !== undefined);
  const target: Published | undefined = published[scenario];
  const band = target && bandOf(target, 100 * accuracy.standardError);
  return {
    strategy,
    label,
    seeds: results.length,
    accuracy,
    forgetting: forgotten.length > 0 ? summaryOf(forgotten) : null,
    published: target
      ? { accuracy: target.accuracy / 100, standardError: target.standardError === undefined ? null : target.standardError / 100, source }
      : null,
    band: band ? { low: band.low / 100, high: band.high / 100 } : null,
    inBand: band ? 100 * accuracy.mean >= band.low && 100 * accuracy.mean <= band.high : null,
  };
}
