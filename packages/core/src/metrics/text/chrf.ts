import { common, ngrams, totalOf } from './ngrams.js';
import { checkPairs, listed, type References } from './pairs.js';

/**
 * chrF2 of a corpus (Popović, WMT 2015): the F-score of n-grams of 1 to 6 characters, in which recall counts twice as much as precision; [0, 1].
 * White space is left out. Of several references, the one that a text is nearest to counts. Numbers are those of sacreBLEU.
 *
 * @throws CL_SHAPE where texts and references differ in number, or a text has no reference.
 * @example chrf(['the cat sat'], ['the cat sat']) // 1
 */
export function chrf(candidates: readonly string[], references: readonly References[]): number {
  checkPairs('chrf', candidates, references);
  const nearest = candidates.map((candidate, i) => {
    const each = listed(references[i]!).map((reference) => statistics(candidate, reference));
    return each.reduce((best, other) => (scoreOf(other) > scoreOf(best) ? other : best));
  });
  return scoreOf(ORDERS.map((_, n) => addUp(nearest.map((orders) => orders[n]!))));
}

const ORDERS = [1, 2, 3, 4, 5, 6] as const;
/** Recall weighs its square as much as precision. */
const BETA = 2;

/** N-grams of one length: in the text, in the reference, in both. */
interface Matches {
  readonly own: number;
  readonly reference: number;
  readonly both: number;
}

function statistics(candidate: string, reference: string): readonly Matches[] {
  const [own, other] = [candidate, reference].map((text) => [...text.replace(/\s+/g, '')]) as [string[], string[]];
  return ORDERS.map((n) => {
    const [mine, theirs] = [ngrams(own, n), ngrams(other, n)];
    return { own: totalOf(mine), reference: totalOf(theirs), both: totalOf(common(mine, theirs)) };
  });
}

const addUp = (all: readonly Matches[]): Matches =>
  all.reduce((a, b) => ({ own: a.own + b.own, reference: a.reference + b.reference, both: a.both + b.both }));

/** Of precision and recall, averaged over those lengths of which both have n-grams. */
function scoreOf(orders: readonly Matches[]): number {
  const there = orders.filter(({ own, reference }) => own > 0 && reference > 0);
  const mean = (share: (of: Matches) => number) => there.reduce((sum, of) => sum + share(of), 0) / Math.max(1, there.length);
  const [precision, recall] = [mean(({ both, own }) => both / own), mean(({ both, reference }) => both / reference)];
  return precision + recall > 0 ? ((1 + BETA ** 2) * precision * recall) / (BETA ** 2 * precision + recall) : 0;
}
