import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../cli/cl.js';
import { resultsIn, runFolders } from '../run/results.js';

const { cl, at } = command();

const SMALL = ['--limit', '60,40', '--epochs', '1', '--workers', '2', '--eager'];

describe('cl compare', () => {
  it('runs every strategy in every scenario with every seed, and leaves results, tables and a plan', async () => {
    const out = at('all');
    const args = [
      'compare',
      'split-digits',
      '--strategies',
      'finetune,joint,replay',
      '--scenarios',
      'class,task',
      '--seeds',
      '1,2',
      ...SMALL,
      '--out',
      out,
    ];
    const first = await cl([...args, '--json']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const document = JSON.parse(first.stdout) as {
      folder: string;
      summary: { label: string; accuracy: { values: number[] } }[];
      runs: unknown[];
      failures: unknown[];
    };
    expect(document).toMatchObject({ folder: out, failures: [] });
    expect(document.runs).toHaveLength(12);
    expect(document.summary.map(({ label, accuracy }) => [label, accuracy.values.length])).toEqual([
      ['fine-tuning', 2],
      ['fine-tuning', 2],
      ['joint', 2],
      ['joint', 2],
      ['replay', 2],
      ['replay', 2],
    ]);
    const lines = readFileSync(join(out, 'results.csv'), 'utf8').trim().split('\r\n');
    expect(lines).toHaveLength(13);
    expect(
      resultsIn(out).every(
        ({ loss, time, memory, accuracy, tasks }) =>
          loss.length > 0 && time.msPerIteration > 0 && memory.parameters > 0 && accuracy.every((row) => row.length === tasks.length),
      ),
    ).toBe(true);

    // The same again, with one strategy more: what is finished is not run again.
    const before = runFolders(out).map((folder) => [folder, statSync(join(folder, 'result.json')).mtimeMs]);
    const again = await cl(args.map((arg) => (arg === 'finetune,joint,replay' ? 'finetune,joint,replay,ewc+replay' : arg)));
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('12 of 16 runs were there already');
    expect(again.stdout).toMatch(/EWC \+ replay {2,}\d/);
    expect(runFolders(out)).toHaveLength(16);
    for (const [folder, time] of before) expect(statSync(join(String(folder), 'result.json')).mtimeMs).toBe(time);
  }, 180_000);

  it('a run that fails takes none of the others with it, and says why', async () => {
    const out = at('failing');
    const { code, stdout, stderr } = await cl([
      'compare',
      'split-digits',
      '--strategies',
      'ewc,finetune',
      '--set',
      'ewc.lambda=1e38',
      '--seeds',
      '1',
      ...SMALL,
      '--out',
      out,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^CL_NOT_FINITE {2}ewc, class, seed 1: task \d \(/m);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toContain('fine-tuning (lower)');
    expect(stdout).toMatch(/EWC .*1 failed/);
    expect(resultsIn(out).map(({ spec }) => spec.strategy)).toEqual(['finetune']);
    const [failed] = runFolders(out).filter((folder) => existsSync(join(folder, 'failure.json')));
    expect(failed).toContain('class-ewc-seed1');
  }, 180_000);
});
