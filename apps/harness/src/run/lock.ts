import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ContinualLearningError } from '@cl/core';
import { diskError } from '../results/write-file.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, where the system tells: a number may be given to another process later. */
  readonly began: string | null;
}

/** How long a process that is about to end is waited for: the children of a killed one, or the one that was just interrupted. */
const PATIENCE = 10_000;

/**
 * Makes a folder this process's own until the returned function is called. What a killed process left is taken over.
 *
 * @throws CL_CHECKPOINT if another process that is alive has it.
 */
export async function lock(folder: string, patience = PATIENCE): Promise<() => Promise<void>> {
  const path = join(folder, '.lock');
  const me: Holder = { pid: process.pid, host: hostname(), began: await beganAt(process.pid) };
  const give = () => rm(path, { force: true });
  for (const until = Date.now() + patience; ; ) {
    if (await take(folder, path, me)) return give;
    const holder = await holderOf(path);
    if (!holder || !(await isAlive(holder))) {
      await give();
      continue;
    }
    if (Date.now() >= until) {
      throw new ContinualLearningError(
        'CL_CHECKPOINT',
        `${folder}: process ${holder.pid} on ${holder.host} is at this run. Wait for it, or stop it. If there is no such process, delete ${path}.`,
      );
    }
    await pause(50);
  }
}

async function take(folder: string, path: string, me: Holder): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(path, 'wx');
    try {
      await file.writeFile(JSON.stringify(me));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    await rm(path, { force: true }).catch(() => {});
    throw diskError(path, error);
  }
}

/** Who has it; null if nobody has, or its owner was killed while it took it. */
async function holderOf(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    // An owner that is alive has written its name a moment later.
    await pause(100);
    return readFile(path, 'utf8')
      .then(
        (text) => JSON.parse(text) as Holder,
        () => null,
      )
      .catch(() => null);
  }
}

async function isAlive({ pid, host, began }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = await beganAt(pid);
  return began === null || now === null || began === now;
}

/** Field 22 of /proc/PID/stat; the name before it, in parentheses, may have spaces. Null on other systems, and for a zombie. */
async function beganAt(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
