/** @import { FailureReason } from './types.d.mts' */

/**
 * A set-up step that cannot succeed on this machine as it is: a sentence about what happened and one about the cure.
 * Anything else that is thrown is a bug.
 *
 * @example
 * throw new SetupFailure('no-compiler', 'No C++ compiler found.', 'Debian, Ubuntu: apt install g++.');
 */
export class SetupFailure extends Error {
  /**
   * @param {FailureReason} reason
   * @param {string} message
   * @param {string} advice
   * @param {ErrorOptions & { final?: boolean }} [options] `final`: no other way can end better, so try none.
   */
  constructor(reason, message, advice, options = {}) {
    super(message, options);
    this.name = 'SetupFailure';
    this.reason = reason;
    this.advice = advice;
    this.final = options.final ?? false;
  }
}

/** Its first line: loaders add the whole path by which they came. @param {unknown} error @returns {string} */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
