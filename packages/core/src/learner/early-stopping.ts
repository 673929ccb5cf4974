import * as tf from '@tensorflow/tfjs-core';
import { checkFunction, checkInteger, checkKnown } from '../options.js';
import { leaves, mapTree } from '../tree.js';
import type { Engine } from './engine.js';

/** When a task has been trained enough: by a score on data that are not trained on. */
export interface EarlyStopping {
  /**
   * What to go by, higher is better: the entity F1 on validation sentences, an accuracy. Asked between two steps; the learner predicts with
   * what it has learned so far. What is no number is no better than any.
   */
  readonly score: () => number | Promise<number>;
  /** Steps from one score to the next; the last step of the task is always followed by one. Default: those of an epoch. */
  readonly every?: number;
  /** EarlyStoppingScores in a row that are no better than the best, after which it is enough. Default 3. */
  readonly patience?: number;
}

/** How the scores of a task have gone so far; JSON. */
export interface EarlyStoppingScores {
  /** The best one, and after how many steps of the task it came. */
  readonly best: number;
  readonly at: number;
  /** Of the optimizer then. */
  readonly slotStep: number;
  /** EarlyStoppingScores since then. */
  readonly waited: number;
  /** Steps of the task at the last score. */
  readonly judged: number;
}

const PATIENCE = 3;

/** Throws CL_OPTION. */
export function checkEarlyStopping(options: EarlyStopping): void {
  checkKnown('earlyStopping', options, ['score', 'every', 'patience']);
  checkFunction('earlyStopping', 'score', options.score, 'a function that gives a number');
  if (options.every !== undefined) checkInteger('earlyStopping', 'every', options.every, { min: 1 });
  if (options.patience !== undefined) checkInteger('earlyStopping', 'patience', options.patience, { min: 1 });
}

/**
 * Asks for the score where it is due, and keeps what the learner was when it was best. True if it is enough. A function of where the learner
 * stands: asked again after a stop, it goes on as if there had been none.
 *
 * @param epoch Steps of an epoch.
 */
export async function enough(engine: Engine, { score, every, patience = PATIENCE }: EarlyStopping, epoch: number): Promise<boolean> {
  const { iteration, iterations, scores } = engine.progress.current!;
  const due = iteration > 0 && (iteration % (every ?? epoch) === 0 || iteration === iterations) && scores?.judged !== iteration;
  // What a stage does at its beginning cannot be taken back, so that only the last one may end early.
  if (due && inLastStage(engine)) judge(engine, await score());
  return (engine.progress.current!.scores?.waited ?? 0) >= patience;
}

function inLastStage({ strategy, progress }: Engine): boolean {
  const running = progress.current!.stages;
  return strategy.parts.every(({ name, stages }) => !stages || running[name] === stages.at(-1)!.name);
}

function judge(engine: Engine, score: number): void {
  const current = engine.progress.current!;
  const { iteration, scores } = current;
  const better = !scores || score > scores.best || (Number.isNaN(scores.best) && !Number.isNaN(score));
  if (better) {
    tf.dispose(leaves(engine.best));
    engine.best = engine.read();
  }
  const next = better
    ? { best: score, at: iteration, slotStep: engine.progress.slotStep, waited: 0, judged: iteration }
    : { ...scores, waited: scores.waited + 1, judged: iteration };
  engine.progress = { ...engine.progress, current: { ...current, scores: next } };
}

/**
 * Puts the learner back to where its score was best: parameters, running statistics, the optimizer's averages and what strategies followed up,
 * as if that had been the last step. Memories keep the rows that they have seen since.
 */
export function returnToBest(engine: Engine): void {
  const { best } = engine;
  const { iteration, scores } = engine.progress.current!;
  if (!best || !scores || scores.at === iteration) return;
  // The snapshot stays until the task is learned: what follows may be interrupted.
  engine.replace(
    mapTree((tensor) => tf.keep(tf.clone(tensor)), best),
    engine.states,
  );
  engine.progress = { ...engine.progress, slotStep: scores.slotStep };
}
