import type { ApplyOptions, Model } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { KeysAndValues } from './attention.js';
import type { TokenInputs } from './types.js';

/** What a model keeps of the tokens so far: a tree of tensors [rows, …], with room for a fixed number of tokens. */
export type TokenMemory = { readonly [part: string]: readonly KeysAndValues[] | Tensor };

/** Tokens that sequences go on with. */
export interface Appended {
  /** int32 [rows, count], padded at the end. */
  readonly ids: Tensor2D;
  /** How many of them are tokens, 1 or more, int32 [rows]. */
  readonly counts: Tensor1D;
  /** How many tokens came before, int32 [rows]. */
  readonly lengths: Tensor1D;
  readonly memory: TokenMemory;
}

/** A model that goes on with sequences without computing again what came before: by a cache of keys and values. */
export interface Incremental {
  /** Whose outputs these are: a model that was made of this one, and computes something else, has another. */
  readonly of: Model['apply'];
  /** The memory before the first token, of so many sequences with room for so many tokens each. */
  empty(rows: number, room: number): TokenMemory;
  /** Of an encoder–decoder: what is to be remembered of the text that it reads besides, and the token that answers begin with. */
  readonly source?: {
    readonly start: number;
    read(parameters: NamedTensorMap, inputs: TokenInputs, options?: ApplyOptions): TokenMemory;
  };
  /**
   * Logits behind the last token of each row, [rows, vocabulary], or behind each, [rows, count, vocabulary]; and the memory with them. Each
   * row must have room for `count` tokens more, padding not included.
   */
  append(
    parameters: NamedTensorMap,
    appended: Appended,
    behind: 'last' | 'each',
    options?: ApplyOptions,
  ): { readonly logits: Tensor; readonly memory: TokenMemory };
}

/** Room in one layer, with nothing in it. */
export const emptyRoom = (rows: number, heads: number, room: number, size: number): KeysAndValues => ({
  keys: tf.zeros([rows, heads, room, size]),
  values: tf.zeros([rows, heads, room, size]),
});

/** Where each appended token stands in its sequence, int32 [rows, count]. */
export const positionsOf = ({ ids, lengths }: Pick<Appended, 'ids' | 'lengths'>): Tensor =>
  tf.add(tf.expandDims(lengths, 1), tf.range(0, ids.shape[1], 1, 'int32'));

/** 1 where an appended token belongs, [rows, room, count]; padding belongs nowhere. */
export function placesOf({ ids, counts, lengths }: Appended, room: number): Tensor {
  const positions = tf.expandDims(positionsOf({ ids, lengths }), 1);
  const isToken = tf.less(positions, tf.reshape(tf.add(lengths, counts), [-1, 1, 1]));
  const isHere = tf.equal(tf.reshape(tf.range(0, room, 1, 'int32'), [1, room, 1]), positions);
  return tf.cast(tf.logicalAnd(isHere, isToken), 'float32');
}

/** What a layer has kept, and appended keys and values in their places, which were empty. */
export function kept(before: KeysAndValues, own: KeysAndValues, places: Tensor): KeysAndValues {
  const put = (old: Tensor, added: Tensor) => {
    const [rows, heads, count, size] = added.shape as [number, number, number, number];
    const room = old.shape[2]!;
    const at = tf.reshape(places, [rows, 1, room, count]);
    return tf.add(
      old,
      count === 1
        ? tf.mul(at, added)
        : tf.matMul(tf.broadcastTo(at, [rows, heads, room, count]), tf.reshape(added, [rows, heads, count, size])),
    );
  };
  return { keys: put(before.keys, own.keys), values: put(before.values, own.values) };
}

/** The hidden state of each row's last token, [rows, 1, width]. */
export function lastOf(hidden: Tensor, counts: Tensor1D): Tensor {
  const [rows, count] = hidden.shape as [number, number];
  if (count === 1) return hidden;
  const isLast = tf.equal(tf.range(0, count, 1, 'int32'), tf.sub(tf.reshape(counts, [rows, 1]), tf.scalar(1, 'int32')));
  return tf.matMul(tf.reshape(tf.cast(isLast, 'float32'), [rows, 1, count]), hidden);
}
