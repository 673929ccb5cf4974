import { compose as coreCompose } from '@cl/core';
import { expect, test } from 'vitest';
import { claimsTable, pairs, pairsTable } from '../lib/pairs.mjs';
import { benchmarks, comparison, limits, resultsOf, speed, speedOf } from '../lib/results.mjs';

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

test('a table that was there says of which commits the runs are that joined it', () => {
  const runs = [made.commit, 'abcdef0123', 'abcdef0123', null].map((commit) => ({ commit }));
  expect(benchmarks('m-class', [{ ...all[0], runs }])).toContain('on a machine. 2 of its 4 runs were there before, of abcdef0.');
  expect(benchmarks('m-class', [{ ...all[0], runs: runs.slice(0, 1) }])).not.toContain('before');
});

test('one seed has no spread', () => {
  const alone = result('class', row('finetune', 'fine-tuning', 0.2), { ...row('ewc', 'EWC', 0.2074, 0.2064), seeds: 1 });
  expect(benchmarks('m', [alone])).toContain('| EWC | 20.7 | – | 20.6 ± 0.5 | yes | 1 |');
  expect(comparison('m', [alone])).toContain('| EWC | 20.7 | 20.6 ± 0.5 |');
  expect(resultsOf('ewc', [alone])).toContain('| M, class | 20.7 | 20.0 ± 0.6 | – | 20.6 ± 0.5 | 1 |');
});

test('side by side, and one strategy in every benchmark', () => {
  expect(comparison('m', all)).toContain('| EWC | 20.7 ± 0.6 | 20.6 ± 0.5 | **90.0 ± 0.6** | 99.0 ± 0.5 |');
  expect(comparison('m', all)).toContain('| fine-tuning | 20.0 ± 0.6 | – | – | – |');
  expect(comparison('m', all).match(/Written by/g)).toHaveLength(1);
  expect(comparison('m', [all[0], { ...all[1], command: 'cl y' }])).toMatch(/Written by `cl x` .* Written by `cl y` /);
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

test('speed: what several commands measured stands in one table, each command below', () => {
  const [cells, strategies] = [{ mlp: 'MLP' }, { finetune: 'fine-tuning', l2: 'L2', ewc: 'EWC' }];
  const row = (strategy, mode, msPerIteration) => ({ cell: 'mlp', strategy, mode, msPerIteration, spread: 0, ratioToPyTorch: null });
  const memory = { steps: 20, tensors: [3, 3], resident: [5, 6] };
  const first = {
    ...made,
    cells,
    strategies,
    memory,
    rows: [row('finetune', 'compiled', 1), row('ewc', 'compiled', 2), row('ewc', 'eager', 9)],
  };
  const more = { ...made, command: 'cl y', cells, strategies, memory: null, rows: [row('l2', 'compiled', 1.5)] };
  expect(speed([more, first])).toBe(
    [
      '**MLP**',
      '| milliseconds a step | @cl, compiled | @cl, op by op | against PyTorch |\n| --- | --: | --: | --: |\n| fine-tuning | 1.00 ± 0.000 | – | – |\n| L2 | 1.50 ± 0.000 | – | – |\n| EWC | 2.00 ± 0.000 | 9.00 ± 0.000 | – |',
      '20 compiled steps of EWC + replay: 3 tensors after 100 steps and 3 after all; 5 MB resident after a tenth of them and 6 MB after all.',
      'Written by `cl y` at 0123456, 2026-11-24, on a machine. Written by `cl x` at 0123456, 2026-11-24, on a machine.',
    ].join('\n\n'),
  );
  expect(speedOf(['ewc', 'finetune'], [more, first])).not.toContain('cl y');
});

test('speed: a table that was there says of which commits the times are that joined it', () => {
  const row = (strategy, commit) => ({
    cell: 'mlp',
    strategy,
    mode: 'compiled',
    msPerIteration: 1,
    spread: 0,
    ratioToPyTorch: null,
    commit,
  });
  const memory = { steps: 20, tensors: [3, 3], resident: [5, 6], commit: 'abcdef0123' };
  const joined = {
    kind: 'speed',
    ...made,
    cells: { mlp: 'MLP' },
    strategies: {},
    memory,
    rows: [row('a', made.commit), row('b', 'abcdef0123')],
  };
  const text = speed([joined]);
  expect(text).toContain('6 MB after all, at abcdef0.');
  expect(text).toContain('on a machine. 1 of its 2 times were there before, of abcdef0.');
  expect(speed([{ ...joined, rows: joined.rows.slice(0, 1) }])).not.toContain('before');
});

test('speed: a few strategies at a glance, those that were measured', () => {
  const time = (cell, strategy, mode, msPerIteration, ratioToPyTorch = null) => ({ cell, strategy, mode, msPerIteration, ratioToPyTorch });
  const found = [
    {
      ...made,
      cells: { 'mlp-sgd': 'MLP, batch 10, SGD', 'mlp-adam': 'MLP, batch 10, Adam', 'cnn-sgd': 'CNN, batch 32, SGD', 'big-sgd': 'big, SGD' },
      strategies: { finetune: 'fine-tuning', si: 'SI, task 2', 'si@10': 'SI, task 10', ewc: 'EWC', spg: 'SPG' },
      rows: [
        time('mlp-sgd', 'finetune', 'compiled', 0.2009, 0.556),
        time('mlp-sgd', 'finetune', 'pytorch', 0.35),
        time('mlp-adam', 'finetune', 'compiled', 9, 9),
        time('mlp-sgd', 'si', 'compiled', 0.4, 0.5),
        time('mlp-sgd', 'si@10', 'compiled', 0.7, 0.9),
        time('cnn-sgd', 'si', 'compiled', 15.02),
        time('cnn-sgd', 'spg', 'compiled', 14),
      ],
    },
  ];
  const text = speedOf(['finetune', 'ewc', 'si'], found);
  expect(text.split('\n').slice(0, 4)).toEqual([
    '| milliseconds a step | MLP, batch 10 | CNN, batch 32 |',
    '| --- | --: | --: |',
    '| fine-tuning | 0.201, 0.56 × | – |',
    '| SI | 0.400, 0.50 × | 15.0 |',
  ]);
  expect(text).toContain('Written by `cl x` at 0123456, 2026-11-24, on a machine.');
  expect(speedOf(['ewc'], [])).toBe('*Not measured yet.*');
});

test('speed: what a step costs after nine tasks, as a multiple of what it costs after one', () => {
  const time = (strategy, mode, msPerIteration) => ({ cell: 'mlp', strategy, mode, msPerIteration, spread: 0, ratioToPyTorch: null });
  const text = speed([
    {
      ...made,
      cells: { mlp: 'MLP' },
      strategies: { gem: 'GEM, task 2', 'gem@10': 'GEM, task 10', spg: 'SPG' },
      rows: [
        time('gem', 'compiled', 1),
        time('gem', 'pytorch', 2),
        time('gem@10', 'compiled', 4.5),
        time('gem@10', 'pytorch', 8),
        time('spg', 'compiled', 1),
      ],
    },
  ]);
  expect(text).toContain('| against PyTorch | task 10 to task 2, ours and theirs |');
  expect(text).toContain('| GEM, task 10 | 4.50 ± 0.000 | 8.00 ± 0.000 | – | 4.50 ×, 4.00 × |');
  expect(text).toContain('| SPG | 1.00 ± 0.000 | – | – | – |');
});

test('speed of language models: against fine-tuning and in tokens a second, where a table has them', () => {
  const time = (strategy, more, mode = 'compiled') => ({
    cell: 'small',
    strategy,
    mode,
    msPerIteration: 2,
    spread: 0,
    target: null,
    ...more,
  });
  const strategies = { finetune: 'fine-tuning', das: 'DAS', 'generate-1': 'generate()' };
  const rows = [
    time('finetune', { ratioToPyTorch: 0.9, target: 1 }),
    time('das', { ratioToPyTorch: null, ratioToFinetune: 4.6, target: 4.5 }),
    time('generate-1', { ratioToPyTorch: null, ratioToFinetune: null, tokensPerSecond: 500.4 }),
    time('finetune', { ratioToPyTorch: null }, 'pytorch'),
  ];
  expect(
    speed([{ ...made, cells: { small: 'Small' }, strategies, rows }])
      .split('\n')
      .slice(2, 7),
  ).toEqual([
    '| milliseconds a step | @cl, compiled | PyTorch loop | against PyTorch | against fine-tuning | tokens a second |',
    '| --- | --: | --: | --: | --: | --: |',
    '| fine-tuning | 2.00 ± 0.000 | 2.00 ± 0.000 | 0.90 × (target 1) | – | – |',
    '| DAS | 2.00 ± 0.000 | – | – | **4.60 ×** (target 4.5) | – |',
    '| generate() | 2.00 ± 0.000 | – | – | – | 500 |',
  ]);
});

test('buffers, transfer, capacity and gain have columns where a table has them', () => {
  const spread = (mean) => ({ mean, deviation: 0.02, standardError: 0.01 });
  const one = { ...row('derpp', 'DER++', 0.85, 0.86), buffer: 200 };
  const text = benchmarks('m', [result('class', one, { ...one, buffer: 500 })]);
  expect(text).toContain('| strategy | buffer | accuracy % |');
  expect(text).toContain('| DER++ | 500 | 85.0 ± 0.6 |');
  expect(resultsOf('derpp', [result('class', one, { ...one, buffer: 500 })]).match(/buffer (200|500)/g)).toEqual([
    'buffer 200',
    'buffer 500',
  ]);
  const masked = {
    ...row('packnet', 'PackNet', 0.7),
    backwardTransfer: spread(0),
    forwardTransfer: spread(0.1),
    measures: { 'packnet.used': 0.5, 'packnet.seen': 0.25 },
    memory: { parameters: 2e6, strategy: 1.5e6 },
    gain: { ...spread(0.03), over: 'replay' },
  };
  const wide = benchmarks('m', [{ ...result('task', masked), columns: ['transfer', 'capacity', 'gain'] }]);
  expect(wide).toContain('| PackNet | 70.0 ± 0.6 | – | 0.0 ± 1.0 | 10.0 ± 1.0 | 50.0 | 25.0 | 2.0 + 1.5 | +3.0 ± 1.0 (replay) | 3 |');
  expect(wide).not.toContain('published accuracy');
});

test('limits: measured, expected to fail, and impossible', () => {
  const nothing = { accuracy: null, seeds: 0, table: null, share: null, fails: null, expected: null, impossible: null };
  const at = (mean, more) => ({ ...nothing, accuracy: { mean, standardError: 0.005 }, seeds: 3, ...more });
  const text = limits([
    {
      blocks: [
        {
          title: 'M',
          protocol: 'P.',
          commits: ['0123456789'],
          date: '2026-11-24',
          rows: [
            {
              label: 'EWC',
              cells: {
                task: at(0.99, { fails: false }),
                domain: at(0.6, { fails: true }),
                class: at(0.2, { fails: true, expected: 'never meet' }),
              },
            },
            { label: 'HAT', cells: { task: at(0.98, { seeds: 1 }), domain: { ...nothing, impossible: 'needs the task' }, class: nothing } },
          ],
        },
      ],
    },
  ]);
  expect(text).toContain('| EWC | 99.0 ± 0.5 | **60.0 ± 0.5** | **20.0 ± 0.5**, expected to fail<sup>1</sup> |');
  expect(text).toContain('| HAT | 98.0 | no<sup>2</sup> | not measured |');
  expect(text).toContain('1. never meet\n2. needs the task');
  expect(limits([])).toBe('*Not measured yet.*');
});

test('pairs: what compose has against each two, in both orders', () => {
  const strategies = [{ name: 'a', claims: ['x'] }, { name: 'b', claims: ['x'] }, { name: 'c' }];
  const compose = (first, second) => {
    const fail = (message) => {
      throw Object.assign(new Error(`compose(): ${message}`), { code: 'CL_CONFLICT' });
    };
    if (first.claims && second.claims) fail('claimed. Only one strategy can do x; drop one of them.');
    if (first.name === 'b') fail('wrong order');
  };
  const [a, b, c] = pairs(strategies, compose);
  expect([a.free, [...a.never]]).toEqual([['c'], [['only one can do x', ['b']]]]);
  expect([b.after, c.before]).toEqual([['c'], ['b']]);
  expect(pairsTable(strategies, compose)).toContain('| `a` | 1 of 2 |  |  | only one can do x: `b` |');
  expect(claimsTable(strategies, compose)).toContain('| `x` | only one can do x | `a`, `b` |');
});

test('pairs: claims that exclude another one, said without names', () => {
  const [adds, knows] = [
    { name: 'adder', claims: ['parameters'], init: () => ({}) },
    { name: 'knower', claims: ['layers'], init: () => ({}) },
  ];
  const claims = claimsTable([adds, knows], coreCompose);
  expect(claims).toContain(
    "| `parameters` | one adds parameters of its own, the other knows only those of the model's layers, not beside `layers` | `adder` |",
  );
  expect(pairsTable([adds, knows], coreCompose)).toContain(
    "| `knower` | 0 of 1 |  |  | one adds parameters of its own, the other knows only those of the model's layers: `adder` |",
  );
});
