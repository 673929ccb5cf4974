import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Below every score that a path can have. */
const NEVER = -1e9;

export interface ViterbiOptions {
  /** Which tag may follow which, [before, after] of 1 and 0. A sentence begins as after tag 0. */
  readonly followers: Tensor2D;
  /** Which positions are words, [batch, sequence] of 1 and 0; others are passed over. Null: all. */
  readonly words: Tensor2D | null;
}

/**
 * The likeliest sequence of tags of those that may follow one another (Viterbi, 1967), [batch, sequence]; 0 where there is no word.
 *
 *     score[k][y] = log p[k][y] + max { score[k − 1][y′] : y may follow y′ }
 *
 * @param logits [batch, sequence, tags].
 */
export function viterbi(logits: Tensor3D, { followers, words }: ViterbiOptions): Tensor2D {
  const [batch, , tags] = logits.shape;
  const logProbabilities = tf.unstack(tf.logSoftmax(logits), 1) as Tensor2D[];
  const isWord = words && (tf.unstack(tf.expandDims(words, 2), 1) as Tensor2D[]);
  const barred = tf.expandDims(tf.mul(tf.sub(1, followers), NEVER), 0);
  const itself = tf.tile(tf.expandDims(tf.range(0, tags), 0), [batch, 1]);

  let score: tf.Tensor = tf.tile(tf.expandDims(tf.mul(tf.sub(1, tf.oneHot(0, tags)), NEVER), 0), [batch, 1]);
  /** The best tag before each tag, [batch, tags], at each position. */
  const before = logProbabilities.map((own, k) => {
    const paths = tf.add(tf.expandDims(score, 2), barred);
    const [next, from] = [tf.add(tf.max(paths, 1), own), tf.cast(tf.argMax(paths, 1), 'float32')];
    score = isWord ? either(isWord[k]!, next, score) : next;
    return isWord ? either(isWord[k]!, from, itself) : from;
  });

  let tag = tf.argMax(score, 1);
  const path: tf.Tensor[] = [];
  for (let k = before.length - 1; k >= 0; k--) {
    path.unshift(tag);
    tag = tf.cast(tf.sum(tf.mul(tf.oneHot(tag as tf.Tensor1D, tags), before[k]!), 1), 'int32');
  }
  const found = tf.stack(path, 1) as Tensor2D;
  return words ? tf.mul(found, tf.cast(words, 'int32')) : found;
}

/** `a` where `which` is 1, `b` where it is 0. */
const either = (which: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(tf.mul(which, a), tf.mul(tf.sub(1, which), b));
