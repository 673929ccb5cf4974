import { type Counts, common, harmonic, ngrams, without, words } from './ngrams.js';
import { checkPairs, listed, type References } from './pairs.js';

/**
 * SARI of a simplified sentence (Xu et al., TACL 2016): how well it adds, keeps and deletes n-grams of 1 to 4 words of its source, measured by what
 * the references do; [0, 1].
 *
 *     (F1 of what is added + F1 of what is kept + precision of what is deleted) / 3,   each a mean over n
 *
 * Lower case, words between blanks: give text whose signs stand apart. Numbers are those of the authors' program. A copy of the source is no zero.
 *
 * @throws CL_SHAPE where there is no reference.
 * @example sari('about 95 species are currently accepted .', 'about 95 species are accepted .', ['about 95 species are now accepted .'])
 */
export function sari(source: string, candidate: string, references: References): number {
  checkPairs('sari', [candidate], [references]);
  const given = tokensOf(source);
  const written = tokensOf(candidate);
  const wanted = listed(references).map(tokensOf);
  const scores = [1, 2, 3, 4].map((n) => {
    const all = wanted.map((tokens) => ngrams(tokens, n));
    return ofOrder(times(ngrams(given, n), all.length), times(ngrams(written, n), all.length), sumOf(all));
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

const tokensOf = (text: string): readonly string[] => words(text.toLowerCase());

/** Counts of source and text are those of one, times the number of references, so that they compare with those of all of these together. */
function ofOrder(source: Counts, text: Counts, references: Counts): number {
  const kept = common(source, text);
  const keptRightly = common(kept, references);
  const keep = harmonic(share(keptRightly, kept), share(keptRightly, common(source, references)));

  const deleted = without(source, text);
  const remove = share(without(deleted, references), deleted);

  const isNew = (gram: string) => !source.has(gram);
  const added = [...text.keys()].filter(isNew);
  const right = added.filter((gram) => references.has(gram)).length;
  const toAdd = [...references.keys()].filter(isNew).length;
  const add = harmonic(ratio(right, added.length), ratio(right, toAdd));

  return (add + keep + remove) / 3;
}

/** Of each n-gram the share that is among the good ones, averaged over n-grams. */
const share = (good: Counts, all: Counts): number =>
  ratio(
    [...good].reduce((sum, [gram, count]) => sum + count / all.get(gram)!, 0),
    all.size,
  );

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

const times = (counts: Counts, factor: number): Counts => new Map([...counts].map(([gram, count]) => [gram, count * factor]));

function sumOf(all: readonly Counts[]): Counts {
  const sum = new Map<string, number>();
  for (const counts of all) for (const [gram, count] of counts) sum.set(gram, (sum.get(gram) ?? 0) + count);
  return sum;
}
