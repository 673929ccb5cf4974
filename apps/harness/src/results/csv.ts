import type { RunFailure, RunResult } from './schema.js';

const METRICS = ['averageAccuracy', 'forgetting', 'backwardTransfer', 'forwardTransfer', 'learningAccuracy'] as const;

const HEAD = [
  'benchmark',
  'scenario',
  'strategy',
  'options',
  'seed',
  ...METRICS,
  'msPerIteration',
  'iterations',
  'trainSeconds',
  'evaluateSeconds',
  'parameterBytes',
  'strategyBytes',
  'residentBytes',
  'backend',
  'compiler',
  'commit',
  'parameterHash',
  'id',
  'failure',
];

/** A line a run (RFC 4180): shares in [0, 1], seconds, bytes; empty where there is no number. */
export function csvOf(results: readonly RunResult[], failures: readonly RunFailure[] = []): string {
  const lines = [
    HEAD,
    ...results.map(({ id, spec, metrics, time, memory, environment, parameterHash }) => [
      ...about(spec),
      ...METRICS.map((name) => metrics[name]),
      time.msPerIteration,
      time.iterations,
      time.trainSeconds,
      time.evaluateSeconds,
      memory.parameters,
      memory.strategy,
      memory.resident,
      environment.backend,
      spec.compiler,
      environment.commit,
      parameterHash,
      id,
      '',
    ]),
    ...failures.map(({ id, spec, code }) => [...about(spec), ...Array.from({ length: HEAD.length - 7 }, () => ''), id, code]),
  ];
  return `${lines.map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`;
}

const about = ({ benchmark, scenario, strategy, options, seed }: RunResult['spec']) => [
  benchmark,
  scenario,
  strategy,
  JSON.stringify(options),
  seed,
];

const cell = (value: unknown): string => {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
