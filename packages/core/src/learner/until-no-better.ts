import { checkFunction, checkInteger, checkKnown } from '../options.js';
import type { LearnOptions } from './options.js';

export interface UntilNoBetterOptions {
  /** What to go by, higher is better: the entity F1 on validation sentences, an accuracy. */
  readonly score: () => number | Promise<number>;
  /** Steps from one score to the next, such as those of an epoch. */
  readonly every: number;
  /** Scores in a row that are no better than the best, after which it is enough. Default 3. */
  readonly patience?: number;
}

/**
 * Early stopping: for `onStep`. Ends the training of a task when its score has not risen for a while. The parameters are those of the last step,
 * not of the best score; a learner that goes on after a stop begins to count anew.
 *
 * @throws CL_OPTION
 * @example
 * const onStep = untilNoBetter({ every: 20, score: () => evaluateEntities(learner, task.validation, stream.tags).scores.macro.f1 });
 * await learner.learn(task, { epochs: 20, onStep });
 */
export function untilNoBetter(options: UntilNoBetterOptions): NonNullable<LearnOptions['onStep']> {
  checkKnown('untilNoBetter', options, ['score', 'every', 'patience']);
  const score = checkFunction('untilNoBetter', 'score', options.score, 'a function that gives a number');
  const every = checkInteger('untilNoBetter', 'every', options.every, { min: 1 });
  const patience = checkInteger('untilNoBetter', 'patience', options.patience ?? 3, { min: 1 });
  let [best, waited] = [-Infinity, 0];

  const judged = (value: number): undefined | 'enough' => {
    waited = value > best ? 0 : waited + 1;
    best = Math.max(best, value);
    return waited >= patience ? 'enough' : undefined;
  };
  return ({ iteration }) => {
    // Another task.
    if (iteration === 1) [best, waited] = [-Infinity, 0];
    if (iteration % every !== 0) return;
    const value = score();
    return typeof value === 'number' ? judged(value) : value.then(judged);
  };
}
