import { answerF1, bleu, chrf, normalizedAnswer, rougeL, sari } from '@cl/core';
import type { Constraint, TextPair } from '../../data/seq2seq.js';
import { haikuScore, topicOf } from './haiku.js';

/** What was asked, and what the model wrote. */
export interface Answered {
  readonly pair: TextPair;
  readonly answer: string;
}

/** Both in [0, 1]. A wrong format is not the same as a wrong answer: who answers an old question in a new manner may know it still. */
export interface TaskScore {
  readonly score: number;
  /** The share of answers that are not of the kind that was asked for, right or wrong. */
  readonly formatErrors: number;
}

/** Whether a word stands where it should: a part of the text, in its case, with no regard to where words end. */
export function meets(answer: string, { where, word }: Constraint): boolean {
  if (where === 'start') return answer.startsWith(word);
  return where === 'end' ? answer.endsWith(word) : answer.includes(word);
}

interface Judge {
  /** [0, 1] */
  score(answered: readonly Answered[]): number;
  /** Whether an answer is of the kind that was asked for. */
  fits(answer: string): boolean;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const each = (score: (of: Answered) => number) => (answered: readonly Answered[]) => mean(answered.map(score));
const ofCorpus = (answered: readonly Answered[]) =>
  bleu(
    answered.map(({ answer }) => answer),
    answered.map(({ pair }) => pair.references),
  ).score;
const sentences = (text: string): number => text.split(/[.!?](?:\s|$)/).filter((part) => part.trim() !== '').length;
const something = (answer: string): boolean => /\w/.test(answer);

/** By task: SARI, met constraints, H_cust, F1 of words, BLEU, ROUGE-L, and chrF for programs, which nobody here runs. */
const JUDGES: { readonly [task: string]: Judge } = {
  simplification: {
    score: each(({ pair, answer }) => sari(/"(.*)"$/s.exec(pair.input)?.[1] ?? pair.input, answer, pair.references)),
    fits: something,
  },
  headline: {
    score: each(({ pair, answer }) => Number(meets(answer, pair.constraint!))),
    fits: (answer) => something(answer) && sentences(answer) < 3,
  },
  haiku: {
    score: each(({ pair, answer }) => haikuScore(answer, pair.references[0], topicOf(pair.input))),
    fits: (answer) => answer.split(',').filter(something).length >= 2,
  },
  covidqa: { score: each(({ pair, answer }) => answerF1(answer, pair.references)), fits: something },
  esnli: { score: ofCorpus, fits: something },
  wikisplit: { score: ofCorpus, fits: (answer) => sentences(answer) >= 2 },
  pubmedqa: { score: each(({ pair, answer }) => rougeL(answer, pair.references[0]).f), fits: something },
  mbpp: {
    score: (answered) =>
      chrf(
        answered.map(({ answer }) => answer),
        answered.map(({ pair }) => pair.references),
      ),
    fits: (answer) => /^(def|import|from) /.test(answer),
  },
};

/** How well a task's texts are written. */
export function scoreOf(task: string, answered: readonly Answered[]): TaskScore {
  const { score, fits } = JUDGES[task]!;
  return { score: score(answered), formatErrors: mean(answered.map(({ answer }) => Number(!fits(answer)))) };
}

/**
 * The share of exact answers, after SQuAD's normalisation. Of a task whose answers are known, others are errors of format.
 */
export function exactScoreOf(answers: ReadonlySet<string> | null, answered: readonly Answered[]): TaskScore {
  const known = answers && new Set([...answers].map(normalizedAnswer));
  return {
    // By blanks and letters: a made-up task may be about articles, which the rules for answers leave out.
    score: mean(answered.map(({ pair, answer }) => Number(same(answer, pair.references[0])))),
    formatErrors: mean(answered.map(({ answer }) => Number(known ? !known.has(normalizedAnswer(answer)) : !something(answer)))),
  };
}

const same = (a: string, b: string): boolean => a.trim().replace(/\s+/g, ' ') === b.trim().replace(/\s+/g, ' ');
