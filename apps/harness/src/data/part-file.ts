import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * A name to download under, held by this process alone. What an earlier download left is taken over by renaming it, which
 * succeeds for one process only, so that two that start at once never write to one file.
 */
export async function claimPart(to: string): Promise<string> {
  const own = `${to}.${process.pid}-${randomUUID().slice(0, 8)}.part`;
  for (const left of await leftParts(to)) {
    const claimed = await rename(left, own).then(
      () => true,
      () => false,
    );
    if (claimed) break;
  }
  return own;
}

/** Leaves an unfinished part to whoever comes next. */
export const releasePart = (part: string, to: string): Promise<void> => rename(part, `${to}.part`).catch(() => undefined);

/** Removes what earlier downloads of a file left. */
export async function clearParts(to: string): Promise<void> {
  for (const left of await leftParts(to)) await rm(left, { force: true });
}

/** Parts of a file that nobody is writing: released ones, and those of processes that are gone. */
async function leftParts(to: string): Promise<string[]> {
  const prefix = `${basename(to)}.`;
  const names = (await readdir(dirname(to))).filter((name) => name.startsWith(prefix) && name.endsWith('.part'));
  return names.filter((name) => !isRunning(Number.parseInt(name.slice(prefix.length), 10))).map((name) => join(dirname(to), name));
}

function isRunning(pid: number): boolean {
  if (Number.isNaN(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process is somebody else's, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
