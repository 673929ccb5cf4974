import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lock } from '../../src/run/lock.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cl-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is one process at a time, and gone when it is given back', async () => {
  const give = await lock(folder);
  await expect(lock(folder, 0)).rejects.toThrow(new RegExp(`process ${process.pid} on ${hostname()} is at this run`));
  await give();
  expect(existsSync(join(folder, '.lock'))).toBe(false);
  await (await lock(folder, 0))();
});

it('waits for a process that is about to end', async () => {
  const give = await lock(folder);
  setTimeout(give, 200);
  await (await lock(folder, 5000))();
});

it('is taken over from a process that was killed, also if it was killed while taking it', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('close', resolve));
  const path = join(folder, '.lock');
  for (const left of [JSON.stringify({ pid: child.pid, host: hostname(), began: null }), '', '{"pid":']) {
    writeFileSync(path, left);
    const give = await lock(folder, 0);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    await give();
  }
});

it.runIf(process.platform === 'linux')('is taken over where another process has got the number of the killed one', async () => {
  writeFileSync(join(folder, '.lock'), JSON.stringify({ pid: process.ppid, host: hostname(), began: '1' }));
  await (await lock(folder, 0))();
});

it('is not taken over from another machine, whose processes nobody here can see', async () => {
  writeFileSync(join(folder, '.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', began: null }));
  await expect(lock(folder, 0)).rejects.toThrow(/on elsewhere is at this run.*delete/);
});
