/** What went wrong, as a word that code can test for. Each has a paragraph in the documentation. */
export type ErrorCode =
  | 'CL_BACKEND'
  | 'CL_CHECKPOINT'
  | 'CL_CONFLICT'
  | 'CL_DATA'
  | 'CL_DISK'
  | 'CL_LABEL'
  | 'CL_MODEL'
  | 'CL_NATIVE'
  | 'CL_NOT_FINITE'
  | 'CL_OPTION'
  | 'CL_REQUIREMENT'
  | 'CL_SHAPE'
  | 'CL_TRACE';

const MARKER = Symbol.for('@cl/error');

/**
 * The one error class of this library. The message says who complains, what was received and what to do;
 * `code` is stable across versions.
 *
 * @example
 * try { ewc({ lambda: -3 }); } catch (error) {
 *   if (ContinualLearningError.is(error, 'CL_OPTION')) console.error(error.message);
 * }
 */
export class ContinualLearningError extends Error {
  readonly code: ErrorCode;
  readonly [MARKER] = true;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ContinualLearningError';
    this.code = code;
  }

  /** True for an error of this library, also when it comes from a second copy of the package. */
  static is(error: unknown, code?: ErrorCode): error is ContinualLearningError {
    return (
      typeof error === 'object' &&
      error !== null &&
      MARKER in error &&
      (code === undefined || (error as ContinualLearningError).code === code)
    );
  }
}
