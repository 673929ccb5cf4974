import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type CheckpointStore,
  ContinualLearningError,
  checkCheckpointName,
  checkInteger,
  checkKnown,
  type Files,
  MANIFEST,
  missingCheckpoint,
} from '@cl/core';
import { diskError, reading } from './disk-error.js';
import { syncFolder, writeSynced } from './synced.js';

export interface DirectoryOptions {
  /** How many checkpoints to keep, at least 1: older ones are removed once a new one is safe. Default Infinity: all. */
  readonly keep?: number;
}

/** Folders in the making, and folders that made room for one of the same name. No checkpoint's name begins with a dot. */
const UNFINISHED = '.unfinished-';
const REPLACED = '.replaced-';

/**
 * Checkpoints on disk, a folder each; the newest is the one whose manifest has the latest time. A process that is killed at any
 * moment, or a machine that loses power, leaves the last complete checkpoint: files are written into a folder with another name
 * and brought to the disk before it gets its own.
 *
 * One process at a time may write to a directory. Folders in it that are no checkpoints are left alone.
 *
 * @param path The directory; it is made when first written to.
 * @throws CL_DISK when reading or writing fails, for instance because the disk is full: then nothing of the new checkpoint is left, and
 *   the older ones stand.
 * @example await learner.save(directory('runs/mnist', { keep: 3 }))
 */
export function directory(path: string, options: DirectoryOptions = {}): CheckpointStore {
  if (typeof path !== 'string' || path === '') {
    throw new ContinualLearningError(
      'CL_OPTION',
      `directory(): expected the path of a folder as a text, received ${JSON.stringify(path)}.`,
    );
  }
  checkKnown('directory', options, ['keep']);
  const keep = checkInteger('directory', 'keep', options.keep ?? Infinity, { min: 1, infinite: true });
  let writing: Promise<unknown> = Promise.resolve();

  async function write(name: string, files: Files): Promise<void> {
    const unfinished = join(path, `${UNFINISHED}${name}`);
    try {
      const made = await mkdir(path, { recursive: true });
      if (made) await syncFolder(dirname(made));
      await tidy(path);
      await mkdir(unfinished);
      for (const [file, bytes] of Object.entries(files)) await writeSynced(join(unfinished, file), bytes);
      // Later than all others, also where clocks tick slowly or were set back.
      const time = Math.max(Date.now(), 1 + ((await checkpointsIn(path)).at(-1)?.time ?? 0)) / 1000;
      await utimes(join(unfinished, MANIFEST), time, time);
      await syncFolder(unfinished);
      await replace(path, unfinished, name);
    } catch (cause) {
      await tidy(path).catch(() => {});
      throw diskError(path, name, files, cause);
    }
    const others = (await checkpointsIn(path)).slice(0, -1);
    for (const { folder } of others.slice(0, Math.max(0, others.length + 1 - keep)))
      await rm(join(path, folder), { recursive: true, force: true });
  }

  return {
    async write(name, files) {
      for (const part of [name, ...Object.keys(files)]) checkCheckpointName(part);
      if (!files[MANIFEST]) throw diskError(path, name, files, new Error(`a checkpoint needs a file ${MANIFEST}`));
      const turn = writing.then(() => write(name, files));
      writing = turn.catch(() => {});
      await turn;
    },
    read: (wanted) => reading(path, () => read(wanted)),
    list: () => reading(path, async () => (await checkpointsIn(path)).map(({ name }) => name)),
  };

  async function read(wanted: string | undefined) {
    const checkpoints = await checkpointsIn(path);
    const found = wanted === undefined ? checkpoints.at(-1) : checkpoints.find(({ name }) => name === wanted);
    if (!found)
      throw missingCheckpoint(
        path,
        wanted,
        checkpoints.map(({ name }) => name),
      );
    const folder = join(path, found.folder);
    const there = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
    const files = await Promise.all(there.map(async ({ name }) => [name, new Uint8Array(await readFile(join(folder, name)))] as const));
    return { name: found.name, where: join(path, found.name), files: Object.fromEntries(files) };
  }
}

/** Gives a folder its name. If the process is killed in between, `tidy` brings the former one back. */
async function replace(path: string, unfinished: string, name: string): Promise<void> {
  const [target, former] = [join(path, name), join(path, `${REPLACED}${name}`)];
  const again = (await foldersIn(path)).includes(name);
  if (again) await rename(target, former);
  await rename(unfinished, target);
  await syncFolder(path);
  if (again) await rm(former, { recursive: true, force: true });
}

/** Clears away what a killed process left. */
async function tidy(path: string): Promise<void> {
  const folders = await foldersIn(path);
  for (const folder of folders) {
    const replaced = folder.startsWith(REPLACED);
    const name = folder.slice(REPLACED.length);
    if (replaced && !folders.includes(name)) await rename(join(path, folder), join(path, name));
    else if (replaced || folder.startsWith(UNFINISHED)) await rm(join(path, folder), { recursive: true, force: true });
  }
}

/** Complete checkpoints, oldest first: one that was being replaced when the process was killed is still under its other name. */
async function checkpointsIn(path: string): Promise<readonly { readonly name: string; readonly folder: string; readonly time: number }[]> {
  const folders = await foldersIn(path);
  const named = folders.filter((folder) => !folder.startsWith('.')).map((folder) => ({ name: folder, folder }));
  const between = folders
    .filter((folder) => folder.startsWith(REPLACED))
    .map((folder) => ({ name: folder.slice(REPLACED.length), folder }));
  const all = [...named, ...between.filter(({ name }) => !folders.includes(name))];
  const dated = await Promise.all(
    all.map(async (checkpoint) => ({ ...checkpoint, time: await timeOf(join(path, checkpoint.folder, MANIFEST)) })),
  );
  return dated.filter(({ time }) => time > 0).sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** When a file was last written, in milliseconds; 0 if there is none. */
async function timeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

async function foldersIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
