import { compose as coreCompose } from '@cl/core';
import { expect, test } from 'vitest';
import { claimsTable, pairs, pairsTable } from '../lib/pairs.mjs';
import { benchmarks, comparison, limits, resultsOf } from '../lib/results.mjs';

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
  for (const text of [benchmarks('', []), comparison('m', []), resultsOf('ewc', [])]) expect(text).toBe('*Not measured yet.*');
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

test('side by side, the tables that one command wrote are told of once, with the runs of all', () => {
  const runs = [made.commit, 'abcdef0123'].map((commit) => ({ commit }));
  const text = comparison('m', [
    { ...all[0], runs },
    { ...all[1], runs: [...runs, ...runs] },
  ]);
  expect(text.match(/Written by/g)).toHaveLength(1);
  expect(text).toContain('3 of its 6 runs were there before, of abcdef0.');
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
