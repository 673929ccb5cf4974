import { EXIT } from './exit-codes.js';

/** A command that cannot be carried out as it was given. */
export class UsageError extends Error {
  readonly code = 'CL_OPTION';

  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Codes of errors in what was asked for, rather than in carrying it out. */
const USAGE = ['CL_OPTION', 'CL_CONFLICT', 'CL_REQUIREMENT'];

/** The stable code of an error; CL_RUN for one that has none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'CL_RUN';
  if (code.startsWith('CL_')) return code;
  return SYSTEM.includes(code) ? 'CL_DISK' : 'CL_RUN';
}

const SYSTEM = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOTDIR', 'EISDIR', 'EEXIST', 'EFBIG'];

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const exitCodeOf = (error: unknown): number => (USAGE.includes(codeOf(error)) ? EXIT.usage : EXIT.failed);

/** `CL_CODE message`, the page that explains the code and, with CL_DEBUG, the stack. */
export function describeFailure(code: string, message: string, stack?: string | null): string {
  const page = code === 'CL_RUN' ? '' : `\n${' '.repeat(code.length + 2)}More: docs/errors.md#${code.toLowerCase().replaceAll('_', '-')}`;
  const debug = process.env.CL_DEBUG ? `\n${stack ?? ''}` : '';
  return `${code}  ${message.trimEnd()}${page}${debug}`;
}

export const describeError = (error: unknown): string =>
  describeFailure(codeOf(error), messageOf(error), error instanceof Error ? (error.stack ?? null) : null);
