import type { Values } from '../data.js';
import type { Json } from '../tree.js';

/** A snapshot of something that is neither a tensor nor JSON. */
export interface Snapshot {
  readonly json: Json;
  readonly arrays: { readonly [name: string]: { readonly values: Values; readonly shape: readonly number[] } };
}

export const STORED = Symbol.for('@cl/stored');

/** Part of a strategy's state that lives outside tensors and can be written to a checkpoint: a memory of examples. */
export interface Stored {
  readonly [STORED]: true;
  save(): Snapshot;
  load(snapshot: Snapshot): void;
}

export const isStored = (value: unknown): value is Stored => typeof value === 'object' && value !== null && STORED in value;
