import { expect, test } from 'vitest';
import { benchmarks, comparison, resultsOf, speed } from '../lib/results.mjs';

const made = { command: 'cl x', commit: '0123456789abcdef', date: '2026-11-24', machine: 'a machine' };
const row = (strategy, label, mean, published) => ({
  strategy,
  label,
  seeds: 3,
  accuracy: { mean, deviation: 0.01, standardError: 0.006 },
  forgetting: null,
  published: published && { accuracy: published, standardError: 0.0052, source: 'them, table 2' },
  inBand: published ? mean < 0.25 : null,
});
const result = (scenario, ...rows) => ({
  kind: 'benchmark',
  id: `m-${scenario}`,
  title: `M, ${scenario}`,
  scenario,
  protocol: '5 tasks.',
  ...made,
  rows,
});
const all = [
  result('class', row('finetune', 'fine-tuning', 0.2), row('ewc', 'EWC', 0.2074, 0.2064)),
  result('task', row('ewc', 'EWC', 0.9, 0.99)),
];

test('no number is made up where nothing was measured', () => {
  for (const text of [benchmarks('', []), comparison('m', []), resultsOf('ewc', []), speed([])]) expect(text).toBe('*Not measured yet.*');
  expect(resultsOf('spg', all)).toBe('*Not measured yet.*');
});

test('a benchmark: measured, published, and whether it is in the band', () => {
  const text = benchmarks('m-class', all);
  expect(text).toContain('| EWC | 20.7 ± 0.6 | – | 20.6 ± 0.5 | yes | 3 |');
  expect(text).toContain('| fine-tuning | 20.0 ± 0.6 | – | – | – | 3 |');
  expect(text).toContain('Written by `cl x` at 0123456, 2026-11-24, on a machine.');
  expect(benchmarks('m-task', all)).toContain('| EWC | 90.0 ± 0.6 | – | 99.0 ± 0.5 | **no** | 3 |');
});

test('side by side, and one strategy in every benchmark', () => {
  expect(comparison('m', all)).toContain('| EWC | 20.7 ± 0.6 | 20.6 ± 0.5 | **90.0 ± 0.6** | 99.0 ± 0.5 |');
  expect(comparison('m', all)).toContain('| fine-tuning | 20.0 ± 0.6 | – | – | – |');
  expect(resultsOf('ewc', all)).toContain('| M, class | 20.7 ± 0.6 | 20.0 ± 0.6 | – | 20.6 ± 0.5 | 3 |');
});

test('speed: a table for each network that was timed', () => {
  const time = (mode, msPerIteration, ratioToPyTorch = null) => ({
    cell: 'mlp',
    strategy: 'ewc',
    mode,
    msPerIteration,
    spread: 0.01,
    ratioToPyTorch,
    target: mode === 'compiled' ? 0.2 : null,
  });
  const text = speed([
    {
      ...made,
      cells: { mlp: 'MLP', cnn: 'CNN' },
      strategies: { ewc: 'EWC' },
      rows: [time('compiled', 0.1064, 0.27), time('pytorch', 0.39), time('eager', 12.34)],
    },
  ]);
  expect(text).toContain('**MLP**');
  expect(text).not.toContain('CNN');
  expect(text).toContain('| milliseconds a step | @cl, compiled | @cl, op by op | PyTorch loop | against PyTorch |');
  expect(text).toContain('| EWC | 0.106 ± 0.010 | 12.3 ± 0.010 | 0.390 ± 0.010 | **0.27 ×** (target 0.2) |');
});
