import { indicator, oneHot } from '@cl/core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { among, followers, insides } from './iob2.js';

/** The outputs of one head: its own `O`, and the tags of its types. */
export interface EntityHead {
  readonly other: number;
  readonly tags: readonly number[];
}

/** Which wins where one head goes on with an entity and another begins one. */
export type Precedence = 'inside' | 'probability';

/**
 * The tags that several heads agree on (Monaikul et al., 2021, section 3), word by word from left to right, [batch, sequence]. Each head
 * proposes its likeliest tag.
 *
 * - An `I-X` counts only where the word before has got `B-X` or `I-X`; else its head says `O`.
 * - An `I-X` that counts wins. By 'probability' it only does where no `B-` is likelier.
 * - Of several `B-` the likeliest wins.
 * - Where all heads say `O`, it is `O`.
 *
 * @param logits Of all heads, [batch, sequence, outputs].
 * @param words Which positions are words, [batch, sequence] of 1 and 0; others are passed over and get 0. Null: all.
 */
export function resolvedTags(logits: Tensor3D, heads: readonly EntityHead[], precedence: Precedence, words: Tensor2D | null): Tensor2D {
  const [batch, , outputs] = logits.shape;
  const proposals = tf.unstack(proposalsOf(logits, heads), 1);
  const isWord = words && tf.unstack(tf.expandDims(words, 2), 1);
  const [after, inside] = [followers(outputs), insides(outputs)];
  // Below every proposal, above what was not proposed.
  const nothing = tf.mul(tf.oneHot(0, outputs), 1e-9);

  let last: Tensor = tf.tile(tf.expandDims(oneHot(tf.scalar(0, 'int32'), outputs), 0), [batch, 1]);
  const tags = proposals.map((proposed, k) => {
    const admissible = tf.mul(proposed, tf.matMul(last, after));
    const first = precedence === 'inside' ? tf.mul(tf.cast(tf.greater(admissible, 0), 'float32'), inside) : 0;
    const tag = tf.argMax(tf.add(tf.add(admissible, first), nothing), 1);
    const chosen = oneHot(tag, outputs);
    last = isWord ? tf.add(tf.mul(isWord[k]!, chosen), tf.mul(tf.sub(1, isWord[k]!), last)) : chosen;
    return tag;
  });
  const found = tf.stack(tags, 1) as Tensor2D;
  return words ? tf.mul(found, tf.cast(words, 'int32')) : found;
}

/** For each word the probability of each tag that a head proposes, 0 of all others: [batch, sequence, outputs]. */
function proposalsOf(logits: Tensor3D, heads: readonly EntityHead[]): Tensor {
  const outputs = logits.shape[2];
  const ofHeads = heads.map(({ other, tags }) => {
    const probabilities = tf.softmax(among(logits, indicator([other, ...tags], outputs)));
    const chosen = tf.oneHot(tf.argMax(probabilities, -1) as Tensor2D, outputs);
    return tf.mul(tf.mul(probabilities, chosen), indicator(tags, outputs));
  });
  return tf.addN(ofHeads);
}
