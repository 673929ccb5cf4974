import { type AnyStrategy, ContinualLearningError, checkOneOf, type Requirement } from '@cl/core';
import { entityBenchmarks } from '../benchmarks/entities.js';
import { type Benchmark, benchmark as benchmarkNamed, benchmarks } from '../benchmarks/index.js';
import { UsageError } from '../cli/failure.js';
import { known } from '../cli/known.js';
import type { RunSpec } from '../results/schema.js';
import { modelOf, optimizerOf } from '../run/learner-options.js';
import { catalog, partsOf, strategyInfo } from '../strategies/catalog.js';
import { defaultsFor } from '../strategies/defaults.js';
import { isReference, makeStrategy } from '../strategies/make.js';
import { entityStudies } from '../study/studies/entities.js';
import type { Settings } from './settings.js';

/** A strategy that cannot be used in a scenario that was asked for. */
export interface LeftOut {
  readonly strategy: string;
  readonly scenario: RunSpec['scenario'];
  readonly why: string;
}

export interface Specs {
  readonly benchmark: Benchmark;
  /** By strategy, then scenario, then seed. */
  readonly runs: readonly RunSpec[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The runs that settings describe, with all that the benchmark and the strategies leave open filled in.
 *
 * @throws CL_OPTION, CL_CONFLICT for what cannot be.
 */
export function specsOf(settings: Settings, compiler: RunSpec['compiler']): Specs {
  if (settings.benchmark === undefined) throw new UsageError('Name a benchmark, such as split-digits. All of them: cl list benchmarks.');
  refuseEntities(settings.benchmark);
  const benchmark = benchmarkNamed(known('benchmark', settings.benchmark, benchmarks));
  const { name, scenarios } = benchmark;
  const chosen = (settings.scenarios ?? [scenarios[0]!]).map((scenario) => checkOneOf(name, 'scenario', scenario, scenarios));
  if (settings.competing !== undefined && !chosen.includes('class')) {
    throw new UsageError(
      `--competing ${settings.competing}: only in scenario 'class' is there a choice of what competes, not in ${chosen.join(', ')}.`,
    );
  }
  const strategies = settings.strategies ?? [];
  if (strategies.length === 0) throw new UsageError('Name a strategy, such as --strategy ewc+replay. All of them: cl list strategies.');
  for (const strategy of strategies) checkNames(strategy);
  const assigned = assignments(settings, strategies);

  const leftOut: LeftOut[] = [];
  const runs: RunSpec[] = [];
  for (const strategy of new Set(strategies)) {
    for (const scenario of new Set(chosen)) {
      const about = { settings, benchmark, strategy, scenario, assigned, compiler };
      const spec = specOf(about);
      const why = obstacle(spec);
      if (why) leftOut.push({ strategy, scenario, why });
      else for (const seed of new Set(settings.seeds ?? [1])) runs.push({ ...spec, seed });
    }
  }
  return { benchmark, runs, leftOut };
}

interface About {
  readonly settings: Settings;
  readonly benchmark: Benchmark;
  readonly strategy: string;
  readonly scenario: RunSpec['scenario'];
  readonly assigned: Assigned;
  readonly compiler: RunSpec['compiler'];
}

/** One run, but for its seed. */
function specOf({ settings, benchmark, strategy, scenario, assigned, compiler }: About): RunSpec {
  const { defaults } = benchmark;
  const batchSize = settings.batch ?? defaults.batchSize;
  const model = settings.model ?? 'mlp';
  const about = { benchmark: benchmark.name, scenario, tasks: benchmark.tasks, batchSize };
  const given = Object.fromEntries(
    partsOf(strategy)
      .filter((name) => !isReference(name))
      .map((name) => {
        const set = assigned.strategies[name] ?? {};
        return [name, optionsOf(name, defaultsFor(name, { ...about, given: set }).options, set)];
      }),
  );
  const optimizer: RunSpec['optimizer'] = {
    name: settings.optimizer ?? defaults.optimizer,
    learningRate: settings.lr ?? defaults.learningRate,
    options: assigned.optimizer,
  };
  optimizerOf({ optimizer });
  const spec: RunSpec = {
    benchmark: benchmark.name,
    scenario,
    ...(scenario === 'class' && settings.competing === 'all' && { competing: 'all' as const }),
    strategy: partsOf(strategy).join('+'),
    options: completed(strategy, given),
    model: { name: model, hidden: settings.hidden ?? (model === 'mlp' ? [...defaults.hidden] : [128]), dropout: settings.dropout ?? 0 },
    optimizer,
    slots: settings.slots ?? 'keep',
    ...durationOf(settings, benchmark, { strategy, scenario }),
    batchSize,
    limit: { train: settings.limit?.[0] ?? null, test: settings.limit?.[1] ?? null },
    order: settings.order ?? 'shuffled',
    seed: 0,
    compiler,
  };
  modelOf(spec, benchmark, 1);
  return spec;
}

/** How long each training is. Joint training has one, with as many steps as all tasks have together. */
function durationOf(
  { epochs, iterations }: Settings,
  { defaults: { duration }, tasks }: Benchmark,
  { strategy, scenario }: Pick<RunSpec, 'strategy' | 'scenario'>,
): Pick<RunSpec, 'epochs' | 'iterations'> {
  if (epochs !== undefined && iterations !== undefined) throw new UsageError('Give --epochs or --iterations, not both.');
  // Without boundaries there is one pass over the stream, unless someone insists.
  const open = scenario === 'free' ? { epochs: 1 } : duration;
  const own = epochs !== undefined ? { epochs } : iterations !== undefined ? { iterations } : open;
  if ('epochs' in own) return { epochs: own.epochs, iterations: null };
  return { epochs: null, iterations: strategy === 'joint' ? own.iterations * tasks : own.iterations };
}

interface Assigned {
  readonly strategies: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly optimizer: Readonly<Record<string, unknown>>;
}

/** What `--set` says, by owner. */
function assignments({ set = {} }: Settings, strategies: readonly string[]): Assigned {
  const owners = [...new Set(strategies.flatMap(partsOf))].filter((name) => !isReference(name));
  const byOwner: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of Object.entries(set)) {
    const [owner = '', ...rest] = path.split('.');
    if (rest.length !== 1) throw new UsageError(`--set ${path}: expected STRATEGY.OPTION, as in ewc.lambda.`);
    if (![...owners, 'optimizer'].includes(owner)) {
      throw new UsageError(
        `--set ${path}: '${owner}' is not among the strategies (${owners.join(', ') || 'none'}), nor is it 'optimizer'.`,
      );
    }
    byOwner[owner] = { ...byOwner[owner], [rest[0]!]: value };
  }
  const { optimizer = {}, ...own } = byOwner;
  return { strategies: own, optimizer };
}

/** Defaults, and over them what was set; of options that exclude one another only the one that was set. */
function optionsOf(
  name: string,
  defaults: Readonly<Record<string, unknown>>,
  set: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const exclusive = strategyInfo(name)?.exclusive ?? [];
  const chosen = exclusive.some((option) => option in set);
  return { ...Object.fromEntries(Object.entries(defaults).filter(([option]) => !(chosen && exclusive.includes(option)))), ...set };
}

/** The options with the strategies' own defaults filled in, so that a spec says all that its numbers come from. */
function completed(strategy: string, given: RunSpec['options']): RunSpec['options'] {
  const { parts } = makeStrategy({ strategy, options: given });
  return Object.fromEntries(
    parts.map(({ name, options = {} }) => [
      name,
      { ...given[name], ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null)) },
    ]),
  );
}

function checkNames(strategy: string): void {
  const names = partsOf(strategy);
  for (const name of names) known('strategy', name, catalog);
  const reference = names.find(isReference);
  if (reference && names.length > 1) {
    throw new ContinualLearningError('CL_CONFLICT', `'${strategy}': '${reference}' is a training to compare with and stands alone.`);
  }
}

/** Why a strategy cannot be used in a scenario, as far as that needs no model; null if it can. */
function obstacle(spec: RunSpec): string | null {
  const { parts } = makeStrategy(spec);
  const lacks: Partial<Record<Requirement, boolean>> = { 'task identity': spec.scenario !== 'task', boundaries: spec.scenario === 'free' };
  const reasons: Partial<Record<Requirement, string>> = {
    'task identity': 'must be told at test time which task an input belongs to',
    boundaries: 'must be told where one task ends and the next begins',
  };
  if (spec.strategy === 'cumulative' && spec.scenario === 'free') return `cumulative training ${reasons.boundaries}`;
  for (const { name, requires = [] } of parts as readonly AnyStrategy[]) {
    const missing = requires.find((requirement) => lacks[requirement]);
    const why = missing ? reasons[missing] : strategyInfo(name)?.notIn?.[spec.scenario];
    if (why) return `${name} ${why}`;
  }
  return null;
}

/** Accuracy of rows says nothing about entities: their benchmarks have commands of their own. */
function refuseEntities(name: string): void {
  if (!entityBenchmarks.some((benchmark) => benchmark.name === name)) return;
  const study = entityStudies.some((each) => each.name === name) ? `With MiniLM and several arms: cl study ${name}; with` : 'With';
  throw new UsageError(`'${name}' is scored by entities. ${study} a small network, in minutes: cl entities ${name}.`);
}
