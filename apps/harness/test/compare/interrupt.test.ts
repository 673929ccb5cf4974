import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { command, type Running } from '../cli/cl.js';
import { checkpointsIn, numbersOf, resultsIn, runFolders } from '../run/results.js';

const { cl, start, at } = command();

const COMPARE =
  'compare split-digits --strategies agem,lwf --scenarios task --seeds 1 --limit 120,50 --batch 8 --epochs 4 --workers 2 --checkpoint-every 9 --eager'.split(
    ' ',
  );

/** Waits until both runs have a checkpoint of which `before` does not know. */
async function untilBothGoOn({ child }: Running, folder: string, before: ReadonlySet<string>): Promise<void> {
  const goesOn = () =>
    runFolders(folder).filter((own) => checkpointsIn(folder).some((path) => path.startsWith(own) && !before.has(path))).length === 2;
  while (!goesOn()) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('The command ended before it could be interrupted.');
    await pause(2);
  }
}

describe('a comparison', () => {
  it('stops in good order at Ctrl-C, dies with its parent at SIGKILL, and ends as one that was left alone', async () => {
    const [out, reference] = [at('interrupted'), at('reference')];
    const undisturbed = cl([...COMPARE, '--out', reference]);

    const first = start([...COMPARE, '--out', out]);
    await untilBothGoOn(first, out, new Set());
    first.child.kill('SIGINT');
    const stopped = await first.ended;
    expect(stopped).toMatchObject({ code: 130, signal: null });
    expect(stopped.stderr).toContain(`cl resume ${out}`);
    expect(stopped.stderr).toContain('0 of 2 runs are finished');

    const second = start(['resume', out]);
    await untilBothGoOn(second, out, new Set(checkpointsIn(out)));
    second.child.kill('SIGKILL');
    await second.ended;

    // At once: the children of the killed process may still be there, and nothing may be written by both.
    expect(await cl(['resume', out])).toMatchObject({ code: 0, stderr: '' });
    expect((await undisturbed).code).toBe(0);
    expect(resultsIn(out).map(numbersOf)).toEqual(resultsIn(reference).map(numbersOf));
  }, 240_000);

  it.runIf(process.platform === 'linux')(
    'goes on when one of its processes is killed, and can do that run again',
    async () => {
      const out = at('orphaned');
      const running = start([...COMPARE, '--out', out]);
      await untilBothGoOn(running, out, new Set());
      const children = readFileSync(`/proc/${running.child.pid}/task/${running.child.pid}/children`, 'utf8').trim().split(' ');
      process.kill(Number(children[0]), 'SIGKILL');
      const { code, stderr } = await running.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^CL_RUN .*was killed by SIGKILL/m);
      expect(resultsIn(out)).toHaveLength(1);
      expect(await cl(['resume', out])).toMatchObject({ code: 0, stderr: '' });
      expect(resultsIn(out)).toHaveLength(2);
      expect(runFolders(out).some((folder) => existsSync(join(folder, 'failure.json')))).toBe(false);
    },
    90_000,
  );
});

it('a reproduction that is interrupted leaves the rows that are whole, and goes on from there', async () => {
  const [out, tables] = [at('reproduced'), at('tables')];
  const asked =
    `reproduce split-digits --strategies finetune,ewc,si,mas --scenarios task --seeds 1 --steps 150 --workers 1 --out ${out} --results ${tables}`.split(
      ' ',
    );
  const rows = () =>
    (JSON.parse(readFileSync(join(tables, 'split-digits-task.json'), 'utf8')) as { rows: { strategy: string }[] }).rows.map(
      ({ strategy }) => strategy,
    );
  const running = start(asked);
  while (resultsIn(out).length === 0) {
    if (running.child.exitCode !== null) throw new Error('The command ended before it could be interrupted.');
    await pause(2);
  }
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  expect(stderr).toMatch(/Interrupted; \d of 4 runs are finished/);
  const some = rows();
  expect(some[0]).toBe('finetune');
  expect(some.length).toBeLessThan(4);
  expect(await cl(asked)).toMatchObject({ code: 0 });
  expect(rows().slice(0, some.length)).toEqual(some);
  expect(rows()).toHaveLength(4);
}, 120_000);

it('a command that keeps nothing is told to be interrupted too, not to have failed', async () => {
  const file = at('own.conll');
  writeFileSync(file, 'Ada B-PER\nwrote O\n\nParis B-LOC\nsleeps O\n');
  const running = start(['entities', '--train', file, '--test', file, '--strategies', 'finetune,extend-ner', '--epochs', '150']);
  // After the first of four trainings.
  running.child.stderr?.once('data', () => running.child.kill('SIGINT'));
  const { code, signal, stderr } = await running.ended;
  expect({ code, signal }).toEqual({ code: 130, signal: null });
  expect(stderr).toMatch(/Interrupted\.\n$/);
  expect(stderr).not.toContain('CL_RUN');
}, 120_000);
