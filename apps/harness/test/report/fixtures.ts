import { runId } from '../../src/results/identity.js';
import { metricsOf } from '../../src/results/metrics.js';
import { RESULT_FORMAT, type RunResult, type RunSpec, runResult } from '../../src/results/schema.js';

export const STRATEGIES = ['joint', 'finetune', 'ewc', 'spg', 'lwf', 'agem', 'replay'] as const;
export const SEEDS = [1, 2, 3] as const;

/** How much of a task is left after each later one, roughly as measured on split digits. */
const KEPT: Readonly<Record<string, { readonly class: number; readonly task: number }>> = {
  finetune: { class: 0.02, task: 0.9 },
  ewc: { class: 0.05, task: 0.99 },
  spg: { class: 0.03, task: 0.98 },
  lwf: { class: 0.7, task: 0.995 },
  agem: { class: 0.04, task: 0.97 },
  replay: { class: 0.97, task: 0.995 },
};

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Made {
  readonly strategy?: string;
  readonly scenario?: RunSpec['scenario'];
  readonly seed?: number;
  readonly tasks?: number;
  readonly options?: RunSpec['options'];
  readonly benchmark?: string;
  readonly taskName?: (task: number) => string;
}

/** A result as a run would have it, with a matrix that looks like one; whatever `changes` says is put in its place. */
export function made(about: Made = {}, changes: Partial<RunResult> = {}): RunResult {
  const { strategy = 'replay', scenario = 'class', seed = 1, tasks = 5, options = {}, benchmark = 'split-digits' } = about;
  const random = numbers(1000 * seed + strategy.length + scenario.length);
  const spec: RunSpec = {
    benchmark,
    scenario,
    strategy,
    options,
    model: { name: 'mlp', hidden: [100, 100], dropout: 0 },
    optimizer: { name: 'adam', learningRate: 0.001, options: {} },
    slots: 'keep',
    epochs: 10,
    iterations: null,
    batchSize: 32,
    limit: { train: null, test: null },
    order: 'shuffled',
    seed,
    compiler: 'graph',
  };
  const accuracy = matrixOf(spec, tasks, random);
  const initial = Array.from({ length: tasks }, () => (scenario === 'task' ? 0.5 : 1 / (2 * tasks)));
  return runResult.parse({
    format: RESULT_FORMAT,
    id: runId(spec),
    spec,
    tasks: Array.from({ length: tasks }, (_, i) => ({
      name: about.taskName?.(i) ?? `digits ${2 * i} and ${2 * i + 1}`,
      classes: [2 * i, 2 * i + 1],
      train: 764,
      test: 360,
    })),
    accuracy,
    initial,
    accuracyWithinTask: scenario === 'class' ? accuracy.map((row) => row.map((value) => 0.9 + 0.1 * value)) : null,
    loss: lossOf(tasks, random),
    metrics: metricsOf({ accuracy, initial, spec }),
    time: { trainSeconds: 2 + random(), evaluateSeconds: 0.2, iterations: 1200, msPerIteration: 0.4 + random() },
    memory: { parameters: 70_000, strategy: strategy.includes('replay') ? 53_000 : 0, resident: 450e6 },
    parameterHash: 'ab'.repeat(32),
    environment: {
      node: 'v20.20.2',
      platform: 'linux-x64',
      processor: '2 × Some Processor',
      backend: 'tensorflow',
      device: 'cpu',
      tensorflow: '2.16.2',
      threads: 2,
      version: '0.0.0',
      commit: '0123456789abcdef0123456789abcdef01234567',
    },
    notes: [],
    command: 'cl demo',
    startedAt: `2026-11-24T17:5${seed % 10}:00.000Z`,
    finishedAt: `2026-11-24T17:5${seed % 10}:03.000Z`,
    ...changes,
  } satisfies RunResult);
}

function matrixOf({ strategy, scenario }: RunSpec, tasks: number, random: () => number): number[][] {
  const learned = () => 0.97 + 0.03 * random();
  if (strategy === 'joint' || scenario === 'free') return [Array.from({ length: tasks }, () => learned() - 0.03)];
  const kept = KEPT[strategy]?.[scenario === 'class' ? 'class' : 'task'] ?? 0.9;
  const floor = scenario === 'class' ? 0 : 0.5;
  const rows: number[][] = [];
  for (let row = 0; row < tasks; row++) {
    const before = rows.at(-1);
    rows.push(
      Array.from({ length: tasks }, (_, task) => {
        if (task > row) return floor;
        return task === row ? learned() : floor + (before![task]! - floor) * kept * (0.97 + 0.03 * random());
      }),
    );
  }
  return rows;
}

/** 200 entries; high where a task begins. */
const lossOf = (tasks: number, random: () => number): RunResult['loss'] =>
  Array.from({ length: 200 }, (_, i) => {
    const training = Math.floor((i * tasks) / 200);
    const since = i - Math.ceil((training * 200) / tasks);
    return [6 * (i + 1), training, (0.01 + Math.exp(-since / 6)) * (0.8 + 0.4 * random())];
  });

/** Seven strategies, three seeds, two scenarios, five tasks. */
export const comparison = (): RunResult[] =>
  (['class', 'task'] as const).flatMap((scenario) =>
    STRATEGIES.flatMap((strategy) => SEEDS.map((seed) => made({ strategy, scenario, seed, options: OPTIONS[strategy] ?? {} }))),
  );

const OPTIONS: Readonly<Record<string, RunSpec['options']>> = { ewc: { ewc: { lambda: 1000 } }, replay: { replay: { capacity: 200 } } };
