import { checkInteger, checkKnown, optionError } from '../options.js';
import { type Memory, memoryOf } from './memory.js';
import { classOf, rowStore } from './store.js';

/** One of the two. */
export interface RingOptions {
  /** Rows to keep of each class, at least 1. */
  readonly perClass?: number;
  /** Rows to keep of each task, at least 1. */
  readonly perTask?: number;
}

/**
 * The last rows of each class, as in A-GEM (Chaudhry et al., ICLR 2019), or of each task, as in GEM (Lopez-Paz & Ranzato,
 * NeurIPS 2017): the newest takes the place of the oldest. Draws nothing at random when rows are added.
 *
 * @example const memory = ring({ perTask: 256 })
 */
export function ring(options: RingOptions): Memory {
  checkKnown('ring', options, ['perClass', 'perTask']);
  const { perClass, perTask } = options;
  if ((perClass === undefined) === (perTask === undefined))
    throw optionError('ring', 'perClass', perClass, 'given, or else `perTask`, but not both');
  const option = perClass === undefined ? 'perTask' : 'perClass';
  const length = checkInteger('ring', option, options[option], { min: 1 });
  const store = rowStore('ring');
  /** Of each class or task: its places, and how many rows went into them. */
  let rings = new Map<number, { places: number[]; written: number }>();

  return memoryOf({
    kind: `ring ${option} ${length}`,
    capacity: Infinity,
    store,
    offer(rows, row, put) {
      const key = perClass === undefined ? rows.task[row]! : classOf('ring', rows.y, row);
      const own = rings.get(key) ?? { places: [], written: 0 };
      rings.set(key, own);
      if (own.places.length < length) own.places.push(store.size);
      put(own.places[own.written++ % length]!, row);
    },
    save: () => [...rings].map(([key, { places, written }]) => [key, written, [...places]]),
    load(state) {
      rings = new Map((state as [number, number, number[]][]).map(([key, written, places]) => [key, { places: [...places], written }]));
    },
  });
}
