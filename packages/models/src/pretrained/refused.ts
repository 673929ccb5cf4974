import { ContinualLearningError } from '@cl/core';

/** Weights that cannot be used. */
export const refused = (message: string, cause?: unknown): ContinualLearningError =>
  new ContinualLearningError('CL_CHECKPOINT', message, cause === undefined ? undefined : { cause });
