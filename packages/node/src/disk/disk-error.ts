import { ContinualLearningError, type Files } from '@cl/core';

const REASONS: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full. Free some space, or keep fewer checkpoints with `keep`',
  EDQUOT: 'your quota on this disk is used up. Free some space, or keep fewer checkpoints with `keep`',
  EFBIG: 'the file is larger than this process may write. Raise the limit (`ulimit -f`)',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk can only be read',
  ENOTDIR: 'a part of the path is a file. Give the path of a directory',
  EEXIST: 'there is a file of that name. Give the path of a directory',
};

/** The error for a checkpoint that could not be written. */
export function diskError(path: string, name: string, files: Files, cause: unknown): ContinualLearningError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  const reason = REASONS[code] ?? message;
  return new ContinualLearningError(
    'CL_DISK',
    `${path}: checkpoint '${name}' (${bytes} bytes) could not be written: ${reason}${code && ` (${code})`}. Nothing of it is left; the checkpoints before it stand.`,
    { cause },
  );
}

/** The result of something that reads checkpoints. Throws CL_DISK where the disk did not let it. */
export async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (ContinualLearningError.is(cause)) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOTDIR' ? `${REASONS.ENOTDIR} (${code})` : message;
    throw new ContinualLearningError('CL_DISK', `${path}: checkpoints could not be read: ${reason}.`, { cause });
  }
}
