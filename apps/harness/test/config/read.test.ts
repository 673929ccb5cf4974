import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAssignment, readSettings } from '../../src/config/read.js';

const folder = mkdtempSync(join(tmpdir(), 'cl-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(yaml: string) {
  const path = join(folder, 'settings.yaml');
  writeFileSync(path, yaml);
  return readSettings(path);
}

describe('a file of settings', () => {
  it('has the names of the flags, lists or single values, and options nested or with a dot', async () => {
    const settings = await read(`
benchmark: split-mnist
strategy: ewc+replay
scenarios: [class, task]
seeds: 3
hidden: [400, 400]
lr: 1e-3
checkpoint-every: 100
set:
  ewc: { lambda: 100, mode: online }
  replay.capacity: 200
`);
    expect(settings).toEqual({
      benchmark: 'split-mnist',
      strategies: ['ewc+replay'],
      scenarios: ['class', 'task'],
      seeds: [3],
      hidden: [400, 400],
      lr: 0.001,
      checkpointEvery: 100,
      set: { 'ewc.lambda': 100, 'ewc.mode': 'online', 'replay.capacity': 200 },
    });
  });

  it.each([
    ['itertions: 500', /there is no option 'itertions'\. Did you mean 'iterations'\?/],
    ['epochs: many', /epochs: "many" cannot be used/],
    ['optimizer: adma', /optimizer: "adma" cannot be used/],
    ['lr: .inf', /lr: Infinity cannot be used/],
    ['seeds: [1, 2.5]', /seeds\.1: 2\.5 cannot be used/],
    ['out: ""', /out: "" cannot be used: expected the name of a folder/],
    ['set:\n  ewc: { lambda: [1, 2] }', /set\.ewc\.lambda: \[1,2\] cannot be used: expected a number, a text, true, false or null/],
    ['set:\n  ewc: { lambda: 1 }\n  ewc.lambda: 2', /set: .*'ewc\.lambda' is given twice/],
    ['strategy: ewc\nstrategies: [spg]', /'strategies' is given twice/],
    ['- ewc', /found a list/],
    ['a: b: c', /not YAML/],
  ])('is refused with the reason: %s', async (yaml, message) => {
    await expect(read(yaml)).rejects.toThrow(message);
  });

  it('must be there', async () => {
    await expect(readSettings(join(folder, 'none.yaml'))).rejects.toThrow(/there is no such file/);
  });
});

describe('--set', () => {
  it.each([
    ['ewc.lambda=100', ['ewc.lambda', 100]],
    ['ewc.lambda=1e9', ['ewc.lambda', 1e9]],
    ['ewc.mode=online', ['ewc.mode', 'online']],
    ['spg.dropout=false', ['spg.dropout', false]],
    ['packnet.tasks=null', ['packnet.tasks', null]],
    ['x.y="1"', ['x.y', '1']],
    ['x.y=[1]', ['x.y', '[1]']],
  ])('%s', (text, expected) => {
    expect(parseAssignment(text)).toEqual(expected);
  });

  it.each(['lambda=3', 'ewc.lambda', '=3'])('%s is refused', (text) => {
    expect(() => parseAssignment(text)).toThrow(/STRATEGY\.OPTION=VALUE/);
  });
});
