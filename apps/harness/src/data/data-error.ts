import { ContinualLearningError } from '@cl/core';

/** CL_DATA, with what was found and what to do. */
export const dataError = (message: string, cause?: unknown): ContinualLearningError =>
  new ContinualLearningError('CL_DATA', message, cause === undefined ? undefined : { cause });

/** 9,912,422 */
export const count = (value: number): string => value.toLocaleString('en-GB');

/** The system's word for what went wrong, or the message. */
export const reasonOf = (error: unknown): string => {
  const { code, message, cause } = error as { code?: string; message?: string; cause?: unknown };
  // fetch says only 'fetch failed'; the reason is in its cause.
  if (cause) return reasonOf(cause);
  return code && message && !message.includes(code) ? `${message} (${code})` : (message ?? String(error));
};
