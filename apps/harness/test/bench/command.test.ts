import { expect, it } from 'vitest';
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
