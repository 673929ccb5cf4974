import { SEQ2SEQ_NAMES, SEQ2SEQ_TITLES } from '../../data/seq2seq.js';
import type { TaskResult } from '../rehearsal/answers.js';
import { REHEARSAL_ARMS } from '../rehearsal/arms.js';
import { REHEARSAL_EXPECTATIONS } from '../rehearsal/expectations.js';
import { type Learned, learnTasks } from '../rehearsal/learn.js';
import { materialOf } from '../rehearsal/material.js';
import type { Measure, Outcome, Study } from '../study.js';

const MEASURES: readonly Measure[] = [
  { name: 'score', label: 'score, all tasks', unit: '%', better: 'higher' },
  { name: 'learning', label: 'score when learned', unit: '%', better: 'higher' },
  { name: 'relative', label: 'end / when learned', unit: '%', better: 'higher' },
  { name: 'zeroShot', label: 'zero-shot tasks', unit: '%', better: 'higher' },
  { name: 'base', label: 'base tasks', unit: '%', better: 'higher' },
  { name: 'formatErrors', label: 'wrong format', unit: '%', better: 'lower' },
  { name: 'baseFormatErrors', label: 'wrong format, base tasks', unit: '%', better: 'lower' },
  { name: 'share', label: 'rehearsed of the last mixture', unit: '%', better: null },
  ...SEQ2SEQ_NAMES.map((name): Measure => ({ name: `score-${name}`, label: SEQ2SEQ_TITLES[name], unit: '%', better: 'higher' })),
  { name: 'seconds', label: 'training', unit: 's', better: 'lower' },
];

/** CT0 in small: eight kinds of text, learned one after another, with a little of all that was learned before. */
export const rehearsalStudy: Study = {
  name: 'rehearsal',
  title: 'Eight kinds of text with one example in a hundred of each one before',
  question:
    'How many examples of each earlier data set keep what a language model can do, and also what it can do without having been trained on it?',
  protocol:
    'A small causal language model first learns eight prompted tasks with short answers (the base model, one for each seed). Then it learns to write eight kinds of text one after another, one pass over equally many examples of each, which come again where a set has fewer, in one of several wordings; the optimizer begins anew with each. Beside them come the rate times as many examples of each base task and of each task before. ' +
    'Test questions are asked in one wording and answered greedily. Each task has a score of its own: SARI, constraints met, H_cust, F1 of words, BLEU, BLEU, ROUGE-L, chrF; programs are not run. Base tasks, and three tasks like them that are never trained on, are scored by the exact answer. ' +
    'Prompts that are longer than a row lose their end, and answers are learned up to 48 tokens. The base model is small and has read nothing but its tasks: scores are compared among arms, not with those of large models. EWC and LwF know the tasks of the sequence alone, not those of the base.',
  settings: {
    ...{ examples: 1200, batch: 16, rate: 1e-3, testExamples: 32, ewcLambda: 100, lwfLambda: 0.2 },
    ...{ baseExamples: 1500, baseEpochs: 2, baseRate: 2e-3 },
    ...{ width: 128, layers: 3, heads: 4, vocabulary: 2048, length: 128, answer: 48 },
  },
  arms: REHEARSAL_ARMS.map(({ name, label, note }) => ({ name, label, ...(note && { note }) })),
  measures: MEASURES,
  expectations: REHEARSAL_EXPECTATIONS,
  run: async (trial) => outcomeOf(await learnTasks(trial, await materialOf(trial))),
};

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** All measures, from how a trial went. */
export function outcomeOf({ order, after, end, baseBefore, baseEnd, zeroShotBefore, seconds }: Learned): Outcome {
  const learned = after.flatMap((step, i) => (step.learned ? [{ name: order[i]!, ...step.learned }] : []));
  // Of a task that was not learned, nothing can be lost.
  const relative = learned.filter(({ score }) => score > 0).map(({ name, score }) => end[name]!.score / score);
  const ends = Object.values(end);
  const x = ['before', ...order.map((name) => `after ${name}`)];
  return {
    measures: {
      score: mean(ends.map(({ score }) => score)),
      learning: mean(learned.map(({ score }) => score)),
      relative: mean(relative),
      zeroShot: after.at(-1)!.zeroShot.score,
      base: baseEnd.score,
      formatErrors: mean(ends.map(({ formatErrors }) => formatErrors)),
      baseFormatErrors: baseEnd.formatErrors,
      share: after.at(-1)!.share,
      ...Object.fromEntries(Object.entries(end).map(([name, { score }]) => [`score-${name}`, score])),
      seconds,
    },
    series: {
      'zero-shot tasks': { x, y: [zeroShotBefore.score, ...after.map(({ zeroShot }) => zeroShot.score)] },
      'zero-shot tasks, wrong format': { x, y: [zeroShotBefore.formatErrors, ...after.map(({ zeroShot }) => zeroShot.formatErrors)] },
      'rehearsed of the mixture': { x: x.slice(1), y: after.map(({ share }) => share) },
      'base tasks': { x: ['before', 'at the end'], y: [baseBefore.score, baseEnd.score] },
      ...(learned.length > 0 && {
        'when learned': { x: learned.map(({ name }) => name), y: learned.map(({ score }) => score) },
        'at the end': { x: learned.map(({ name }) => name), y: learned.map(({ name }) => end[name]!.score) },
      }),
    },
    samples: [
      ...Object.entries(end).map(([name, { sample }]: [string, TaskResult]) => ({ title: name, text: sample })),
      { title: 'base tasks', text: baseEnd.sample },
      { title: 'zero-shot tasks', text: after.at(-1)!.zeroShot.sample },
    ],
  };
}
