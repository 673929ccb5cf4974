import { common, harmonic, ngrams, totalOf } from './ngrams.js';

/** Shares in [0, 1]. */
export interface Rouge {
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
}

/**
 * ROUGE-N (Lin, 2004): n-grams that a text and its reference have in common. Words are runs of a–z and 0–9 in lower case, without a stemmer;
 * numbers are those of the package rouge-score. A score without n-grams is 0.
 *
 * @example rouge('the cat sat', 'the cat was here', 1).f // 4 / 7
 */
export function rouge(candidate: string, reference: string, n: 1 | 2 = 1): Rouge {
  const [own, other] = [ngrams(wordsOf(candidate), n), ngrams(wordsOf(reference), n)];
  return shares(totalOf(common(own, other)), totalOf(own), totalOf(other));
}

/**
 * ROUGE-L: as above, of the longest sequence of words that both have in this order, others between them or not.
 *
 * @example rougeL('police killed the gunman', 'police kill the gunman').f // 3 / 4
 */
export function rougeL(candidate: string, reference: string): Rouge {
  const [own, other] = [wordsOf(candidate), wordsOf(reference)];
  return shares(longestCommon(own, other), own.length, other.length);
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

function shares(both: number, own: number, other: number): Rouge {
  const [precision, recall] = [own > 0 ? both / own : 0, other > 0 ? both / other : 0];
  return { precision, recall, f: harmonic(precision, recall) };
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Int32Array(b.length + 1);
  for (const word of a) {
    const next = new Int32Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) next[j] = word === b[j - 1] ? row[j - 1]! + 1 : Math.max(row[j]!, next[j - 1]!);
    row = next;
  }
  return row[b.length]!;
}
