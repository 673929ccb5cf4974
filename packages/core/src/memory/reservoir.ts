import { checkInteger, checkKnown } from '../options.js';
import { type Memory, memoryOf } from './memory.js';
import { rowStore } from './store.js';

export interface ReservoirOptions {
  /** Rows to keep, at least 1; Infinity keeps all. */
  readonly capacity: number;
}

/**
 * A uniform sample of a stream whose length nobody knows: after n rows, each of them is held with probability capacity / n
 * (Vitter, "Random sampling with a reservoir", 1985, algorithm R; as in ER, DER and DER++).
 *
 * Rows are counted as they come, so with several epochs the stream is that many times longer, as in Mammoth.
 *
 * @example const memory = reservoir({ capacity: 500 }); memory.add(rows, random); memory.draw(random, 32)
 */
export function reservoir(options: ReservoirOptions): Memory {
  checkKnown('reservoir', options, ['capacity']);
  const capacity = checkInteger('reservoir', 'capacity', options.capacity, { min: 1, infinite: true });
  const store = rowStore('reservoir');
  let seen = 0;
  return memoryOf({
    kind: 'reservoir',
    capacity,
    store,
    offer(_rows, row, put, random) {
      // From 0 … seen, both included: with one place fewer, the row that comes when the memory is full would always get in.
      const place = seen < capacity ? seen : random.integer(seen + 1);
      if (place < capacity) put(place, row);
      seen++;
    },
    save: () => seen,
    load: (state) => {
      seen = state as number;
    },
  });
}
