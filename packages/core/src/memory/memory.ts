import type { Rows } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { checkInteger } from '../options.js';
import type { Random } from '../random/random.js';
import type { Batch, HostContext } from '../strategy/context.js';
import type { Json } from '../tree.js';
import { classOf, type Put, type RowStore } from './store.js';
import { type Snapshot, STORED, type Stored } from './stored.js';

/** Which rows: true for those to take, from the index of their task and the place that they are stored in. */
export type Keep = (task: number, place: number) => boolean;

/** Examples kept from the stream, in typed arrays. What is kept is what distinguishes one memory from another. */
export interface Memory extends Stored {
  /** The most rows that it will hold; Infinity where that depends on the stream. */
  readonly capacity: number;
  /** Rows held now. */
  readonly size: number;
  /** Offers rows, one after another. Throws CL_SHAPE if their columns are not those of the rows before. */
  add(rows: Rows, random: Random): void;
  /**
   * Different rows, each subset of them equally likely, in random order: `count`, or all if there are no more. Null if there
   * are none.
   *
   * @param keep Only rows for which this is true.
   */
  draw(random: Random, count: number, keep?: Keep): Rows | null;
  /** All rows (for which `keep` is true), in the order of their places. Null if there are none. */
  all(keep?: Keep): Rows | null;
  /** The class number of each row, in the order of their places. Throws CL_SHAPE where targets are no class numbers. */
  labels(): Int32Array;
}

/** What a kind of memory adds to a store of rows. */
export interface Policy {
  /** Name of its factory, for messages and checkpoints. */
  readonly kind: string;
  readonly capacity: number;
  readonly store: RowStore;
  /** Takes in or passes over a row that fits. */
  offer(rows: Rows, row: number, put: Put, random: Random): void;
  /** Its bookkeeping beside the rows. */
  save(): Json;
  load(state: Json): void;
}

/**
 * A memory of rows in a store, filled as its policy has it: how a new kind of memory is made.
 *
 * @example memoryOf({ kind: 'first', capacity: 100, store, offer: (_rows, row, put) => store.size < 100 && put(store.size, row), … })
 */
export function memoryOf(policy: Policy): Memory {
  const { kind, capacity, store } = policy;
  const places = (keep: Keep | undefined): Int32Array => {
    // Asked at each step by some: a plain loop is several times as fast as `Int32Array.from` and `filter`.
    const kept = new Int32Array(store.size);
    let count = 0;
    for (let place = 0; place < kept.length; place++) if (!keep || keep(store.task(place), place)) kept[count++] = place;
    return kept.subarray(0, count);
  };
  return {
    [STORED]: true,
    capacity,
    get size() {
      return store.size;
    },
    add(rows, random) {
      if (rows.count === 0) return;
      const put = store.accept(rows);
      for (let row = 0; row < rows.count; row++) policy.offer(rows, row, put, random);
    },
    draw(random, count, keep) {
      checkInteger(`${kind}().draw`, 'count', count, { min: 1, infinite: true });
      if (!keep) return store.size === 0 ? null : store.gather(random.sample(count, store.size));
      const candidates = places(keep);
      return candidates.length === 0 ? null : store.gather(random.sample(count, candidates.length).map((i) => candidates[i]!));
    },
    all(keep) {
      const chosen = places(keep);
      return chosen.length === 0 ? null : store.gather(chosen);
    },
    labels: () => places(undefined).map((place) => classOf(kind, store.targets(), place)),
    save: () => ({ json: { kind, capacity: String(capacity), state: policy.save() }, arrays: store.save() }),
    load({ json, arrays }) {
      const saved = json as { kind: string; capacity: string; state: Json };
      if (saved.kind !== kind || saved.capacity !== String(capacity)) {
        throw new ContinualLearningError(
          'CL_CHECKPOINT',
          `Saved from ${saved.kind} with capacity ${saved.capacity}, cannot be loaded into ${kind} with capacity ${capacity}.`,
        );
      }
      store.load(arrays);
      policy.load(saved.state);
    },
  } satisfies Memory & { save(): Snapshot };
}

/**
 * A draw as a batch of fixed size, padded with rows of weight zero, or null from an empty memory. For a strategy's `feed`.
 *
 * @example feed: (ctx, { memory }) => drawBatch(ctx, memory, 32)
 */
export function drawBatch(ctx: Pick<HostContext, 'random' | 'batch'>, memory: Memory, count: number, keep?: Keep): Batch | null {
  const rows = memory.draw(ctx.random, count, keep);
  return rows && ctx.batch(rows, count);
}
