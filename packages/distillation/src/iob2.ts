import type { Batch } from '@cl/core';
import { oneHot, sparseCrossEntropy, type TensorTree } from '@cl/core';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

// Labels are those of a tag set: 0 is O, 2k + 1 begins an entity of the k-th type, 2k + 2 goes on with it.

const isInside = (tag: number): boolean => tag > 0 && tag % 2 === 0;

/** Which tag may follow which, [before, after] of 1 and 0: an I- only the B- and the I- of its own type, anything else all. */
export const followers = (tags: number): Tensor2D =>
  tf.tensor2d(
    range(tags).map((before) => range(tags).map((after) => Number(!isInside(after) || before === after || before === after - 1))),
  );

/** 1 for each I-, 0 elsewhere: [tags]. */
export const insides = (tags: number): Tensor1D => tf.tensor1d(range(tags).map((tag) => Number(isInside(tag))));

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/**
 * Which positions are words, [batch, sequence] of 1 and 0: by the input `words`, which has only the first piece of each, or else by
 * `mask` (`attentionMask`), which has all tokens. Null for inputs without either: then all of them are.
 */
export function wordsOf(x: TensorTree): Tensor2D | null {
  if (x === null || x instanceof tf.Tensor) return null;
  const inputs = x as { readonly [name: string]: Tensor2D | undefined };
  const mask = inputs.words ?? inputs.mask ?? inputs.attentionMask;
  return mask ? tf.cast(mask, 'float32') : null;
}

/** Logits of rows with one label each as sequences of one. */
export const asSequences = (outputs: Tensor): Tensor3D => (outputs.rank === 3 ? outputs : tf.expandDims(outputs, 1)) as Tensor3D;

/** Tags [batch, sequence] as scores of the shape of the outputs: 1 for the tag, 0 for all others. */
export const asScores = (tags: Tensor2D, outputs: Tensor): Tensor =>
  tf.reshape(oneHot(tf.cast(tags, 'int32'), outputs.shape.at(-1)!), outputs.shape);

/** The weight of each label, of the shape of the labels: that of its row, 0 where there is no target. */
export function weightsOf({ y, weight }: Batch): Tensor {
  const ofRows = tf.reshape(weight, [y.shape[0]!, ...y.shape.slice(1).map(() => 1)]);
  return tf.mul(tf.cast(tf.greaterEqual(y, 0), 'float32'), ofRows);
}

/** Far below any logit: its softmax is exactly 0. */
const OUT = 1e9;

/** Logits with those outside of `columns` (1 and 0 for each) pushed out of the softmax. */
export const among = (logits: Tensor, columns: readonly number[]): Tensor =>
  tf.add(logits, tf.tensor1d(columns.map((column) => (column - 1) * OUT)));

/** −log of the probability of each label among `columns`, of the shape of the labels; anything where there is no target. */
export function crossEntropyAmong(outputs: Tensor, labels: Tensor, columns: readonly number[]): Tensor {
  const logits = tf.reshape(among(outputs, columns), [-1, columns.length]) as Tensor2D;
  const named = tf.reshape(tf.maximum(labels, tf.scalar(0, 'int32')), [-1]) as Tensor1D;
  return tf.reshape(sparseCrossEntropy(logits, named), labels.shape);
}
