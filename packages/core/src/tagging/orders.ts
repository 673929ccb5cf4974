import { checkInteger, checkKnown, optionError } from '../options.js';
import { random } from '../random/index.js';

/**
 * Types in steps: `first` at once, then `next` at a time, in the order in which they are given: FG-a-PG-b with a and b.
 *
 * @throws CL_OPTION
 * @example typeSteps(['DATE', 'LOC', 'ORG', 'PER'], { first: 2, next: 1 }) // [['DATE', 'LOC'], ['ORG'], ['PER']]
 */
export function typeSteps(types: readonly string[], options: { readonly first?: number; readonly next?: number } = {}): string[][] {
  checkKnown('typeSteps', options, ['first', 'next']);
  const first = checkInteger('typeSteps', 'first', options.first ?? 1, { min: 1, max: types.length });
  const next = checkInteger('typeSteps', 'next', options.next ?? 1, { min: 1 });
  if ((types.length - first) % next !== 0) {
    throw optionError('typeSteps', 'next', next, `a divisor of the number of types that are left, ${types.length - first}`);
  }
  return [
    types.slice(0, first),
    ...Array.from({ length: (types.length - first) / next }, (_, i) => types.slice(first + i * next, first + (i + 1) * next)),
  ];
}

/**
 * As many orders as there are items, such that each item comes once at each place: a Latin square, as the orders of Monaikul et al. (2021)
 * are. For an even number, each item also comes right after each other one exactly once (Williams, 1949).
 *
 * @param seed Which item is which. Default: as they are given.
 * @example latinSquare(['PER', 'LOC', 'ORG', 'MISC']) // PER MISC LOC ORG, LOC PER ORG MISC, …
 */
export function latinSquare<T>(items: readonly T[], seed?: number): T[][] {
  const count = items.length;
  const named = seed === undefined ? items : Array.from(random(seed, 'latin square').permutation(count), (i) => items[i]!);
  // 0, n − 1, 1, n − 2, …: neighbours differ by each number once.
  const zigzag = Array.from({ length: count }, (_, place) => (place % 2 === 0 ? place / 2 : count - (place + 1) / 2));
  return Array.from({ length: count }, (_, row) => zigzag.map((i) => named[(i + row) % count]!));
}
