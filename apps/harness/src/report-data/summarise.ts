import { canonicalJson } from '../results/identity.js';
import type { RunFailure, RunResult, RunSpec } from '../results/schema.js';
import { boundOf, titleOf } from '../strategies/catalog.js';

/** Mean and sample standard deviation; the latter null for one value. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | null;
  readonly values: readonly number[];
}

/** Runs that differ in their seed alone. */
export interface Group {
  /** The spec without its seed. */
  readonly key: string;
  readonly scenario: RunSpec['scenario'];
  readonly strategy: string;
  /** 'EWC', or 'EWC (lambda 100)' where there are several that differ in it. */
  readonly label: string;
  readonly bound: 'upper' | 'lower' | null;
  readonly spec: RunSpec;
  readonly seeds: readonly number[];
  readonly failed: readonly number[];
  readonly accuracy: Spread | null;
  readonly forgetting: Spread | null;
  readonly learningAccuracy: Spread | null;
  readonly msPerIteration: Spread | null;
  readonly results: readonly RunResult[];
}

/** Results by what they have in common, in the order in which they come. */
export function summarise(results: readonly RunResult[], failures: readonly RunFailure[] = []): readonly Group[] {
  const keys = new Map<string, { spec: RunSpec; results: RunResult[]; failed: number[] }>();
  const groupOf = (spec: RunSpec) => {
    const key = canonicalJson({ ...spec, seed: 0 });
    const known = keys.get(key) ?? { spec, results: [], failed: [] };
    keys.set(key, known);
    return known;
  };
  for (const result of results) groupOf(result.spec).results.push(result);
  for (const { spec } of failures) groupOf(spec).failed.push(spec.seed);

  const all = [...keys.values()].map(({ spec }) => spec);
  return [...keys].map(([key, { spec, results: own, failed }]) => ({
    key,
    scenario: spec.scenario,
    strategy: spec.strategy,
    label: labelOf(spec, all),
    bound: boundOf(spec.strategy) ?? null,
    spec,
    seeds: own.map((result) => result.spec.seed),
    failed,
    accuracy: spreadOf(own.map(({ metrics }) => metrics.averageAccuracy)),
    forgetting: spreadOf(own.map(({ metrics }) => metrics.forgetting)),
    learningAccuracy: spreadOf(own.map(({ metrics }) => metrics.learningAccuracy)),
    msPerIteration: spreadOf(own.map(({ time }) => time.msPerIteration)),
    results: own,
  }));
}

/** Of the values there are; null if there are none. */
export function spreadOf(values: readonly (number | null | undefined)[]): Spread | null {
  const known = values.filter((value) => typeof value === 'number');
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: known.length > 1 ? Math.sqrt(squares / (known.length - 1)) : null, values: known };
}

/** The strategy's title, with what tells it from others of the same scenario and strategy. */
function labelOf(spec: RunSpec, all: readonly RunSpec[]): string {
  const title = titleOf(spec.strategy);
  const rivals = all.filter(({ strategy, scenario }) => strategy === spec.strategy && scenario === spec.scenario);
  if (rivals.length < 2) return title;
  const own = settingsOf(spec);
  const differing = Object.entries(own).filter(([name, value]) => rivals.some((rival) => settingsOf(rival)[name] !== value));
  const said = differing.map(([name, value]) => `${name} ${value}`).join(', ');
  // A setting that only a rival has is not among one's own.
  return `${title} (${said || 'defaults'})`;
}

/** All that may differ between two runs of one strategy, as text by name. */
function settingsOf(spec: RunSpec): Readonly<Record<string, string>> {
  const { benchmark, options, model, optimizer, slots, epochs, iterations, batchSize, limit, order, compiler, scenario } = spec;
  const several = Object.keys(options).length > 1;
  const ofStrategies = Object.entries(options).flatMap(([strategy, own]) =>
    Object.entries(own).map(([name, value]) => [several ? `${strategy}.${name}` : name, text(value)] as const),
  );
  const others = {
    benchmark,
    model: model.name,
    hidden: model.hidden.join('-'),
    dropout: model.dropout,
    optimizer: optimizer.name,
    rate: optimizer.learningRate,
    ...optimizer.options,
    slots,
    epochs,
    iterations,
    batch: batchSize,
    limit: limit.train,
    order,
    ...(scenario === 'class' && { competing: spec.competing ?? 'seen' }),
    steps: compiler,
  };
  return Object.fromEntries([...ofStrategies, ...Object.entries(others).map(([name, value]) => [name, text(value)] as const)]);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
