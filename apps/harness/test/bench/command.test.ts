import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { joined, readSpeed, type SpeedTable } from '../../src/bench/table.js';
import { commandOf } from '../../src/commands/bench.js';

it('a table of speed names the command that measures the same, and no place of the machine it ran on', () => {
  const places = { python: '/somewhere/python', data: '/somewhere/data', json: '/somewhere/rows.json', results: '/somewhere/speed.json' };
  const all = { language: false, cells: [], methods: [], turns: 15, eager: true, memory: true, ...places };
  expect(commandOf(all)).toBe('pnpm exec cl bench --turns 15');
  expect(commandOf({ ...all, cells: ['mlp-100-b10-sgd', 'cnn-b32-sgd'], methods: ['si'], turns: 3, eager: false, memory: false })).toBe(
    'pnpm exec cl bench --cells mlp-100-b10-sgd,cnn-b32-sgd --strategies si --turns 3 --no-eager --no-memory',
  );
  expect(commandOf({ ...all, language: true, cells: ['encoder-masked'], turns: 2 })).toBe(
    'pnpm exec cl bench --language --cells encoder-masked --turns 2',
  );
});

const titles = (...names: string[]) => Object.fromEntries(names.map((name) => [name, name]));
const table = (commit: string, rows: SpeedTable['rows'], memory: SpeedTable['memory'] = null): SpeedTable => ({
  ...{ kind: 'speed', command: 'cl bench', commit, date: '2026-11-24', machine: 'a machine' },
  ...{ cells: titles('small', 'large'), strategies: titles('finetune', 'ewc', 'replay'), memory, rows },
});
const row = (cell: string, strategy: string, mode = 'compiled') => ({ cell, strategy, mode, msPerIteration: 1 });

it('what is timed joins what was there of other cells and strategies, and each row says where it is from', () => {
  const before = table(
    'old',
    [row('small', 'finetune'), row('small', 'replay'), row('small', 'replay', 'eager'), row('large', 'replay'), row('gone', 'ewc')],
    { steps: 20 },
  );
  const now = table('new', [row('small', 'replay'), row('large', 'ewc')]);
  const all = joined(now, before);
  expect(all.rows.map(({ cell, strategy, mode, commit }) => `${cell} ${strategy} ${mode} ${commit}`)).toEqual([
    'small finetune compiled old',
    // Timed anew without its uncompiled steps, which would be of other turns.
    'small replay compiled new',
    'large ewc compiled new',
    'large replay compiled old',
  ]);
  expect([all.commit, all.memory]).toEqual([
    'new',
    { steps: 20, command: 'cl bench', commit: 'old', date: '2026-11-24', machine: 'a machine' },
  ]);
  // A row keeps its origin when something joins once more.
  expect(joined(table('newest', [row('small', 'ewc')]), all).rows.map(({ commit }) => commit)).toEqual([
    'old',
    'newest',
    'new',
    'new',
    'old',
  ]);
  expect(joined(now, null).rows).toHaveLength(2);
});

it('a table of speed goes into no file that holds something else, or times of another machine', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'cl-speed-')), 'speed.json');
  const here = { kind: 'speed', machine: 'a machine' } as const;
  expect(await readSpeed(path, here)).toBeNull();
  await writeFile(path, JSON.stringify(table('old', [row('small', 'ewc')])));
  expect(await readSpeed(path, here)).toMatchObject({ commit: 'old' });
  await expect(readSpeed(path, { ...here, kind: 'speed-language' })).rejects.toMatchObject({ code: 'CL_DATA' });
  await expect(readSpeed(path, { ...here, machine: 'another' })).rejects.toMatchObject({
    code: 'CL_DATA',
    message: expect.stringMatching(/has times of a machine; this machine is another\. .* name another file/),
  });
  await writeFile(path, '{"kind": "study"}');
  await expect(readSpeed(path, here)).rejects.toMatchObject({ code: 'CL_DATA' });
});
