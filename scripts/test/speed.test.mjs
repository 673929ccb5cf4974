import { expect, test } from 'vitest';
import { speed, speedOf } from '../lib/speed.mjs';

const made = { command: 'cl x', commit: '0123456789abcdef', date: '2026-11-24', machine: 'a machine' };

test('no number is made up where nothing was measured', () => expect(speed([])).toBe('*Not measured yet.*'));

test('a table for each network that was timed', () => {
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

test('what several commands measured stands in one table, each command below', () => {
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

test('times of two machines stand in two tables', () => {
  const row = { cell: 'mlp-sgd', strategy: 'ewc', mode: 'compiled', msPerIteration: 1, spread: 0, ratioToPyTorch: 0.5 };
  const here = { kind: 'speed', ...made, cells: { 'mlp-sgd': 'MLP, SGD' }, strategies: { ewc: 'EWC' }, memory: null, rows: [row] };
  const eager = { ...row, mode: 'eager' };
  const found = [
    { ...here, machine: 'another', rows: [{ ...row, msPerIteration: 4 }] },
    { ...here, rows: [row, eager] },
  ];
  for (const text of [speed(found), speedOf(['ewc'], found)]) {
    expect(text).toMatch(/^\*On a machine:\*[\s\S]*\| EWC \| 1\.00[\s\S]*\*On another:\*[\s\S]*\| EWC \| 4\.00/);
    expect(text.match(/EWC/g)).toHaveLength(2);
  }
  expect(speed([here])).not.toContain('On a machine');
});

test('a table that was there says of which commits the times are that joined it', () => {
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
    rows: [row('a', made.commit), { ...row('b', 'abcdef0123'), command: 'cl y' }],
  };
  const text = speed([joined]);
  expect(text).toContain('6 MB after all, at abcdef0.');
  expect(text).toContain(
    'Written by `cl x` and `cl y` at 0123456, 2026-11-24, on a machine. 1 of its 2 times were there before, of abcdef0.',
  );
  expect(speed([{ ...joined, rows: joined.rows.slice(0, 1) }])).not.toContain('before');
});

test('a few strategies at a glance, those that were measured', () => {
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

test('what a step costs after nine tasks, as a multiple of what it costs after one', () => {
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
