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

/** What a layer has kept, [rows, heads, room, size], and appended keys or values, [rows, heads, count, size], in their places, which were empty. */
export type Put = (old: Tensor, added: Tensor) => Tensor;

/** How all layers put away what is appended, whose memory is of one shape: [rows, heads, room, size]. */
export const putting = (appended: Appended, behind: 'last' | 'each', memory: Tensor): Put =>
  behind === 'last' && appended.ids.shape[1] === 1 ? oneToEach(appended, memory) : someToEach(appended, memory);

/** Logits behind the last of none are not asked for, so here each row has its one token: it is written into its place. */
function oneToEach({ lengths }: Appended, { shape }: Tensor): Put {
  const [rows, heads, room, size] = shape as [number, number, number, number];
  const first = tf.reshape(tf.range(0, rows * heads * room, room, 'int32'), [rows, heads]);
  const places = tf.reshape(tf.add(first, tf.expandDims(lengths, 1)), [rows * heads, 1]);
  return (old, added) => {
    const [before, own] = [tf.reshape(old, [rows * heads * room, size]), tf.reshape(added, [rows * heads, size])];
    return tf.reshape(tf.tensorScatterUpdate(before, places, own), shape);
  };
}

/** Padding belongs nowhere; tokens are added where there was nothing. */
function someToEach({ ids, counts, lengths }: Appended, { shape }: Tensor): Put {
  const [rows, heads, room, size] = shape as [number, number, number, number];
  const count = ids.shape[1];
  const positions = tf.expandDims(positionsOf({ ids, lengths }), 1);
  const isToken = tf.less(positions, tf.reshape(tf.add(lengths, counts), [-1, 1, 1]));
  const isHere = tf.equal(tf.reshape(tf.range(0, room, 1, 'int32'), [1, room, 1]), positions);
  const at = tf.reshape(tf.cast(tf.logicalAnd(isHere, isToken), 'float32'), [rows, 1, room, count]);
  if (count === 1) return (old, added) => tf.add(old, tf.mul(at, added));
  const ofHeads = tf.broadcastTo(at, [rows, heads, room, count]);
  return (old, added) => tf.add(old, tf.matMul(ofHeads, tf.reshape(added, [rows, heads, count, size])));
}

/** What a layer has kept, with its own. */
export const kept = (before: KeysAndValues, own: KeysAndValues, put: Put): KeysAndValues => ({
  keys: put(before.keys, own.keys),
  values: put(before.values, own.values),
});

/** The hidden state of each row's last token, [rows, 1, width]. */
export function lastOf(hidden: Tensor, counts: Tensor1D): Tensor {
  const [rows, count] = hidden.shape as [number, number];
  if (count === 1) return hidden;
  const isLast = tf.equal(tf.range(0, count, 1, 'int32'), tf.sub(tf.reshape(counts, [rows, 1]), tf.scalar(1, 'int32')));
  return tf.matMul(tf.reshape(tf.cast(isLast, 'float32'), [rows, 1, count]), hidden);
}
