/** A piece of text as token ids, and how often it occurs. The ids change as tokens are merged. */
export interface Word {
  ids: number[];
  readonly count: number;
}

/** Ids stay below 2²⁶, so that a pair of them is one exact number, ordered by the first and then the second. */
const BASE = 2 ** 26;

/**
 * The pairs that training merges, in order: the most frequent one, among equals the smaller. The first has the id `first` from then on.
 *
 * Counts of pairs are kept up to date; only the words that have the merged pair are looked at.
 */
export function mergesOf(
  words: readonly Word[],
  { first, most, minimumCount }: { first: number; most: number; minimumCount: number },
): readonly (readonly [number, number])[] {
  const counts = new Map<number, number>();
  const places = new Map<number, Set<Word>>();
  const count = (word: Word, sign: 1 | -1): void => {
    for (let i = 0; i + 1 < word.ids.length; i++) {
      const pair = word.ids[i]! * BASE + word.ids[i + 1]!;
      const now = (counts.get(pair) ?? 0) + sign * word.count;
      if (now === 0) counts.delete(pair);
      else counts.set(pair, now);
      if (sign < 0) continue;
      const having = places.get(pair);
      if (having) having.add(word);
      else places.set(pair, new Set([word]));
    }
  };
  for (const word of words) count(word, 1);

  const merges: (readonly [number, number])[] = [];
  while (merges.length < most) {
    const best = mostFrequent(counts, minimumCount);
    if (best === null) break;
    const pair = [Math.floor(best / BASE), best % BASE] as const;
    const id = first + merges.length;
    for (const word of places.get(best)!) {
      count(word, -1);
      word.ids = joined(word.ids, pair, id);
      count(word, 1);
    }
    places.delete(best);
    merges.push(pair);
  }
  return merges;
}

function mostFrequent(counts: ReadonlyMap<number, number>, minimumCount: number): number | null {
  let [best, most] = [-1, 0];
  for (const [pair, count] of counts) if (count > most || (count === most && pair < best)) [best, most] = [pair, count];
  return most >= minimumCount ? best : null;
}

/** The ids with `id` for each pair, from the left. */
function joined(ids: readonly number[], [left, right]: readonly [number, number], id: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      result.push(id);
      i++;
    } else result.push(ids[i]!);
  }
  return result;
}
