import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ContinualLearningError } from '@cl/core';

const REASONS: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota on this disk is used up',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk can only be read',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'there is a file of that name',
  EISDIR: 'there is a folder of that name',
  ENOENT: 'its folder cannot be made',
};

/**
 * Writes a file whole or not at all: under another name, brought to the disk, then renamed.
 *
 * @throws CL_DISK
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = join(dirname(path), `.unfinished-${process.pid}-${basename(path)}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw diskError(path, cause);
  }
}

export const writeJson = (path: string, value: unknown): Promise<void> => writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);

/** The error for a file that could not be written. */
export function diskError(path: string, cause: unknown): ContinualLearningError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new ContinualLearningError('CL_DISK', `${path} could not be written: ${REASONS[code] ?? message}${code && ` (${code})`}.`, {
    cause,
  });
}
