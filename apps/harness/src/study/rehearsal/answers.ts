import type { Learner } from '@cl/core';
import { generate } from '@cl/models';
import { promptsOf } from '../../data/prompts.js';
import type { TextTask } from '../../data/seq2seq.js';
import { numberSetting, type Trial } from '../study.js';
import type { Material } from './material.js';
import { answering, answerOf, promptTokens } from './rows.js';
import { type Answered, exactScoreOf, scoreOf, type TaskScore } from './scores.js';

/** What a model answers to the first test questions of a task: greedily, asked in the benchmark's own words. */
async function answersTo(
  learner: Learner,
  { format }: Material,
  task: TextTask,
  { settings, signal }: Trial,
): Promise<readonly Answered[]> {
  const pairs = task.test.slice(0, numberSetting(settings, 'testExamples'));
  const prompts = pairs.map((pair) => promptTokens(format, promptsOf(task.name, pair)[0]));
  const written = await generate(learner, prompts, { ...answering(format), signal });
  return written.map(({ tokens }, i) => ({ pair: pairs[i]!, answer: answerOf(format, tokens) }));
}

export interface TaskResult extends TaskScore {
  /** A question and its answer, to read. */
  readonly sample: string;
}

/** A task of the sequence, by its own metric. */
export async function textResult(learner: Learner, material: Material, task: TextTask, trial: Trial): Promise<TaskResult> {
  const answered = await answersTo(learner, material, task, trial);
  return { ...scoreOf(task.name, answered), sample: sampleOf(answered) };
}

/** The mean over base or zero-shot tasks, by exact answers. */
export async function exactResult(learner: Learner, material: Material, which: 'base' | 'zeroShot', trial: Trial): Promise<TaskResult> {
  const results: TaskResult[] = [];
  for (const task of material[which]) {
    const answered = await answersTo(learner, material, task, trial);
    results.push({ ...exactScoreOf(task.answers, answered), sample: sampleOf(answered) });
  }
  const mean = (part: 'score' | 'formatErrors') => results.reduce((sum, result) => sum + result[part], 0) / results.length;
  return { score: mean('score'), formatErrors: mean('formatErrors'), sample: results.map(({ sample }) => sample).join('\n\n') };
}

const sampleOf = ([first]: readonly Answered[]): string =>
  first ? `${first.pair.input}\n→ ${first.answer}\n(${first.pair.references[0]})` : '';
