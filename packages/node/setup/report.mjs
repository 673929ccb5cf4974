/** @import { ProgressEvent, Report } from './types.d.mts' */

/**
 * @typedef {object} StepControl
 * @property {(bytes: number, totalBytes?: number) => void} progress
 */

/**
 * Tells `report` when a step starts, goes on and ends, with the seconds it took.
 *
 * @template T
 * @param {Report} report
 * @param {ProgressEvent['step']} step
 * @param {string} text
 * @param {(control: StepControl) => Promise<T> | T} action
 * @param {(result: T) => string} [summary] text of the finished step
 * @returns {Promise<T>}
 */
export async function reportStep(report, step, text, action, summary = () => text) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  report({ step, state: 'start', text, seconds: 0 });
  try {
    const result = await action({
      progress: (bytes, totalBytes) =>
        report({ step, state: 'progress', text, seconds: seconds(), bytes, ...(totalBytes && { totalBytes }) }),
    });
    report({ step, state: 'done', text: summary(result), seconds: seconds() });
    return result;
  } catch (error) {
    report({ step, state: 'failed', text, seconds: seconds() });
    throw error;
  }
}

/** @param {Report} report @param {string} text */
export const note = (report, text) => report({ step: 'note', state: 'note', text, seconds: 0 });
