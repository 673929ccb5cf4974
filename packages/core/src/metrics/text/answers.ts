import { common, harmonic, ngrams, totalOf, words } from './ngrams.js';
import { listed, type References } from './pairs.js';

/**
 * An answer without what does not matter: lower case, no punctuation, no articles (a, an, the), single blanks. The rules of SQuAD (Rajpurkar et
 * al., 2016), by which answers are compared in most of the literature.
 *
 * @example normalizedAnswer('The  Battle of Hastings!') // 'battle of hastings'
 */
export const normalizedAnswer = (text: string): string =>
  words(
    text
      .toLowerCase()
      .replace(/[!-/:-@[-`{-~]/g, '')
      .replace(/\b(a|an|the)\b/g, ' '),
  ).join(' ');

/**
 * Whether an answer is one of the references, both normalised.
 *
 * @example exactMatch('the Normans.', ['Normans', 'the Norse']) // true
 */
export function exactMatch(answer: string, references: References): boolean {
  const own = normalizedAnswer(answer);
  return listed(references).some((reference) => normalizedAnswer(reference) === own);
}

/**
 * F1 of the words that an answer and a reference have in common, both normalised; [0, 1]. Of several references, the best.
 *
 * @example answerF1('in the year 1066', '1066') // 2 · (1/3 · 1) / (1/3 + 1) = 0.5
 */
export function answerF1(answer: string, references: References): number {
  const own = ngrams(words(normalizedAnswer(answer)), 1);
  const each = listed(references).map((reference) => {
    const other = ngrams(words(normalizedAnswer(reference)), 1);
    // Two empty answers agree.
    if (own.size === 0 || other.size === 0) return Number(own.size === other.size);
    const both = totalOf(common(own, other));
    return harmonic(both / totalOf(own), both / totalOf(other));
  });
  return Math.max(...each);
}
