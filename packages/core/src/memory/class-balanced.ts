import { checkInteger, checkKnown } from '../options.js';
import { type Memory, memoryOf } from './memory.js';
import { classOf, rowStore } from './store.js';

export interface ClassBalancedOptions {
  /** Rows to keep over all classes, at least 1. */
  readonly capacity: number;
}

/**
 * GDumb's greedy balancing sampler (Prabhu, Torr & Dokania, ECCV 2020, algorithm 1): a row is taken while its class holds less
 * than capacity / classes seen; in a full memory it replaces a random row of the largest class.
 *
 * @example const memory = classBalanced({ capacity: 500 })
 */
export function classBalanced(options: ClassBalancedOptions): Memory {
  checkKnown('classBalanced', options, ['capacity']);
  const capacity = checkInteger('classBalanced', 'capacity', options.capacity, { min: 1 });
  const store = rowStore('classBalanced');
  /** Places of each class, in the order in which classes were first seen. */
  let places = new Map<number, number[]>();

  /** The place of a random row of the largest class, taken from it. */
  function vacate(pick: (limit: number) => number): number {
    const largest = [...places.values()].reduce((a, b) => (b.length > a.length ? b : a));
    const i = pick(largest.length);
    const place = largest[i]!;
    largest[i] = largest.at(-1)!;
    largest.pop();
    return place;
  }

  return memoryOf({
    kind: 'classBalanced',
    capacity,
    store,
    offer(rows, row, put, random) {
      const label = classOf('classBalanced', rows.y, row);
      const own = places.get(label) ?? [];
      places.set(label, own);
      if (own.length >= capacity / places.size) return;
      const place = store.size < capacity ? store.size : vacate((limit) => random.integer(limit));
      put(place, row);
      own.push(place);
    },
    save: () => [...places].map(([label, own]) => [label, [...own]]),
    load(state) {
      places = new Map((state as [number, number[]][]).map(([label, own]) => [label, [...own]]));
    },
  });
}
