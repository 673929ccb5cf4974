/** How often each thing occurs. */
export type Counts = ReadonlyMap<string, number>;

/** N-grams of a list of tokens, written with blanks between them, and how often each occurs. */
export function ngrams(tokens: readonly string[], n: number): Counts {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= tokens.length; start++) {
    const gram = tokens.slice(start, start + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

export const totalOf = (counts: Counts): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** What two have in common: the smaller count of each. */
export function common(a: Counts, b: Counts): Counts {
  const both = [...a].map(([gram, count]) => [gram, Math.min(count, b.get(gram) ?? 0)] as const);
  return new Map(both.filter(([, count]) => count > 0));
}

/** What is left of one when the other is taken away. */
export function without(a: Counts, b: Counts): Counts {
  const rest = [...a].map(([gram, count]) => [gram, count - (b.get(gram) ?? 0)] as const);
  return new Map(rest.filter(([, count]) => count > 0));
}

/** Words between white space. */
export const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

/** The harmonic mean; 0 where both are. */
export const harmonic = (a: number, b: number): number => (a + b > 0 ? (2 * a * b) / (a + b) : 0);
