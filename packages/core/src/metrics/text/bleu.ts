import { type Counts, common, ngrams, totalOf, words } from './ngrams.js';
import { checkPairs, listed, type References } from './pairs.js';

export interface Bleu {
  /** [0, 1]; tables show it times 100. */
  readonly score: number;
  /** Of n-grams of 1 to 4 words: the share that a reference has too. */
  readonly precisions: readonly number[];
  /** What the score is multiplied by where texts are shorter than their references: 1, or exp(1 − reference / length). */
  readonly brevityPenalty: number;
  /** Words in the texts, and in those references that are nearest in length. */
  readonly length: number;
  readonly referenceLength: number;
}

/**
 * BLEU of a corpus (Papineni et al., ACL 2002): the geometric mean of the shares of 1- to 4-grams that a reference has too, summed over all texts
 * before anything is divided, times a penalty where the texts are too short.
 *
 * Numbers are those of sacreBLEU (Post, 2018): tokens of mteval-v13a, case kept, n-grams without a match smoothed by 1/2, 1/4, …
 *
 * @param candidates What was written. `references`: for each, one text or several.
 * @throws CL_SHAPE where these differ in number, or a text has no reference.
 * @example bleu(['the cat sat'], [['the cat sat', 'a cat was sitting']]).score
 */
export function bleu(candidates: readonly string[], references: readonly References[]): Bleu {
  checkPairs('bleu', candidates, references);
  return scored(
    candidates.map((candidate, i) => statistics(candidate, listed(references[i]!))),
    ORDER,
  );
}

/**
 * BLEU of one text, as sacreBLEU's `sentence_bleu`: of n-grams no longer than the text has.
 *
 * @throws CL_SHAPE where there is no reference.
 * @example sentenceBleu('he could not find his glasses .', 'he could not find his glasses .').score // 1
 */
export function sentenceBleu(candidate: string, references: References): Bleu {
  checkPairs('sentenceBleu', [candidate], [references]);
  const sums = statistics(candidate, listed(references));
  return scored([sums], sums.totals.filter((total) => total > 0).length);
}

/** Longest n-gram. */
const ORDER = 4;

/** Of one text: n-grams that a reference has too, n-grams, by n; words; words of the nearest reference. */
interface Sums {
  readonly correct: readonly number[];
  readonly totals: readonly number[];
  readonly length: number;
  readonly referenceLength: number;
}

function statistics(candidate: string, references: readonly string[]): Sums {
  const own = tokens13a(candidate);
  const others = references.map(tokens13a);
  const orders = Array.from({ length: ORDER }, (_, i) => i + 1);
  const grams = orders.map((n) => ngrams(own, n));
  const distance = (length: number) => Math.abs(length - own.length);
  return {
    correct: grams.map((counts, i) => totalOf(common(counts, largest(others.map((other) => ngrams(other, i + 1)))))),
    totals: grams.map(totalOf),
    length: own.length,
    // Of two that are as near, the shorter.
    referenceLength: others.map(({ length }) => length).sort((a, b) => distance(a) - distance(b) || a - b)[0]!,
  };
}

/** The largest count that any of them has. */
function largest(all: readonly Counts[]): Counts {
  const most = new Map<string, number>();
  for (const counts of all) for (const [gram, count] of counts) most.set(gram, Math.max(count, most.get(gram) ?? 0));
  return most;
}

function scored(texts: readonly Sums[], order: number): Bleu {
  const sum = (part: (of: Sums) => number) => texts.reduce((total, text) => total + part(text), 0);
  const orders = Array.from({ length: ORDER }, (_, n) => n);
  const [length, referenceLength] = [sum((text) => text.length), sum((text) => text.referenceLength)];
  const brevityPenalty = length >= referenceLength ? 1 : length > 0 ? Math.exp(1 - referenceLength / length) : 0;
  let smoothing = 1;
  const precisions = orders.map((n) => {
    const [correct, total] = [sum((text) => text.correct[n]!), sum((text) => text.totals[n]!)];
    if (total === 0) return 0;
    if (correct > 0) return correct / total;
    smoothing /= 2;
    return smoothing / total;
  });
  // Where not even a word is right, there is nothing to smooth.
  const some = order > 0 && sum((text) => text.correct[0]!) > 0 && precisions.slice(0, order).every((precision) => precision > 0);
  const mean = some ? Math.exp(precisions.slice(0, order).reduce((logs, precision) => logs + Math.log(precision), 0) / order) : 0;
  return { score: brevityPenalty * mean, precisions, brevityPenalty, length, referenceLength };
}

/** Words and signs as mteval-v13a, the program of the NIST evaluations, takes them apart. */
export function tokens13a(text: string): readonly string[] {
  const plain = text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  const apart = ` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
    // Full stops and commas, but not inside of numbers; a dash after a digit.
    .replace(/([^0-9])([.,])/g, '$1 $2 ')
    .replace(/([.,])([^0-9])/g, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
  return words(apart);
}
