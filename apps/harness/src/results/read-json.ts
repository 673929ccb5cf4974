import { readFile } from 'node:fs/promises';
import { ContinualLearningError } from '@cl/core';

/** What a JSON file has, or undefined if there is none. Throws CL_DATA if it is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause);
  }
}

/** The error for a result that cannot be used. */
export const damaged = (path: string, what: string, cause?: unknown): ContinualLearningError =>
  new ContinualLearningError('CL_DATA', `${path} cannot be used: ${what}. Delete it and run again.`, cause === undefined ? {} : { cause });
