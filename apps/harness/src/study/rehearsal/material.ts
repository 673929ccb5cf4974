import type { Dataset } from '@cl/core';
import { BASE_TASK_NAMES, type BaseTask, loadBaseTask, ZERO_SHOT_NAMES } from '../../data/base-tasks.js';
import { promptsOf } from '../../data/prompts.js';
import { loadSeq2Seq, SEQ2SEQ_NAMES, type TextTask } from '../../data/seq2seq.js';
import { numberSetting, type Trial } from '../study.js';
import { type Format, formatOf, rowsOf } from './rows.js';

/** All that a trial reads: tasks, and the form in which the model gets them. */
export interface Material {
  readonly format: Format;
  /** Learned one after another. */
  readonly tasks: readonly TextTask[];
  /** Learned before. */
  readonly base: readonly BaseTask[];
  /** Never learned. */
  readonly zeroShot: readonly BaseTask[];
}

/** Tasks of a trial, and tokens that are learned from what there is to train on. */
export async function materialOf({ settings, data }: Trial): Promise<Material> {
  const number = (name: string) => numberSetting(settings, name);
  const sizes = { train: number('baseExamples'), test: number('testExamples') };
  const tasks = await Promise.all(SEQ2SEQ_NAMES.map((name) => loadSeq2Seq(name, data)));
  const base = await Promise.all(BASE_TASK_NAMES.map((name) => loadBaseTask(name, sizes, data)));
  const zeroShot = await Promise.all(ZERO_SHOT_NAMES.map((name) => loadBaseTask(name, sizes, data)));
  const texts = [...base, ...tasks].flatMap(({ name, train }) =>
    train.slice(0, TEXTS).flatMap((pair) => [...promptsOf(name, pair).slice(0, 1), pair.references[0]]),
  );
  const format = formatOf(texts, { vocabulary: number('vocabulary'), length: number('length'), answer: number('answer') });
  return { format, tasks, base, zeroShot };
}

/** Pairs of each task that the tokens are learned from. */
const TEXTS = 500;

/** What of each base task is trained on, and rehearsed. */
export const baseRows = ({ base, format }: Material, { settings, seed }: Pick<Trial, 'settings' | 'seed'>): readonly Dataset[] =>
  base.map((task) => rowsOf(format, task, { count: numberSetting(settings, 'baseExamples'), seed }));
