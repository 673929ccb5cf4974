import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { competingLogits } from '../objective/competing-logits.js';
import { oneHot } from '../ops/index.js';
import type { Batch, GraphContext } from './context.js';

/**
 * Which labels gradients of single examples are taken for, where an expectation over labels is wanted (van de Ven, "On the computation of
 * the Fisher information in continual learning", 2025, arXiv 2502.11756).
 *
 * - `exact`: each label, weighing as much as the model finds it likely. One backward pass a class.
 * - `sample`: one label for each example, drawn from the model.
 * - `empirical`: the true label.
 * - `predicted`: the label that the model finds most likely.
 * - `weighted`: the true label, times its probability, as in Mammoth's `ewc_on`. No Fisher information.
 */
export type Labels = 'exact' | 'sample' | 'empirical' | 'predicted' | 'weighted';

/**
 * The rows with the labels that an expectation takes: one batch or several, whose weights say how much each row counts.
 *
 * @param who Begins the message, such as "ewc({ fisher: 'exact' })"; `remedy` ends it.
 * @throws CL_REQUIREMENT where targets are no class numbers: these are about probabilities of classes.
 */
export function labelled(ctx: GraphContext, batch: Batch, labels: Labels, who: string, remedy = ''): readonly Batch[] {
  const { y } = batch;
  const tokens = y.rank === 2 && y.dtype === 'int32';
  if (tokens && (labels === 'exact' || labels === 'weighted')) {
    const message = `${who} weighs all labels of a row, which are too many where each token has one. Take 'sample', 'empirical' or 'predicted'.`;
    throw new ContinualLearningError('CL_REQUIREMENT', message);
  }
  if (!tokens && (y.dtype !== 'int32' || y.rank !== 1)) {
    const message = `${who} needs targets that are class numbers (int32, one a row or a token), received ${y.dtype} of shape [${y.shape}]. ${remedy}`;
    throw new ContinualLearningError('CL_REQUIREMENT', message.trim());
  }
  const outputs = competingLogits(ctx.forward(batch.x), batch);
  const probabilities = tf.softmax(tf.reshape(outputs, [-1, outputs.shape.at(-1)!])) as Tensor2D;
  // A token that has no target gets none.
  const told = (found: Tensor): Tensor => (tokens ? tf.where(tf.less(y, 0), y, tf.reshape(found, y.shape)) : found);
  const batches: Record<Labels, () => readonly Batch[]> = {
    exact: () => ctx.competing.map((c) => withProbability(batch, tf.fill(batch.weight.shape, c, 'int32'), probabilities)),
    sample: () => [{ ...batch, y: told(drawn(ctx, probabilities)) }],
    empirical: () => [batch],
    predicted: () => [{ ...batch, y: told(tf.argMax(probabilities, 1)) }],
    weighted: () => [withProbability(batch, y, probabilities)],
  };
  return batches[labels]();
}

/** The rows with these labels, each weighing as much as its label is likely. */
function withProbability(batch: Batch, y: Tensor, probabilities: Tensor2D): Batch {
  const ofLabel = tf.sum(tf.mul(probabilities, oneHot(y, probabilities.shape[1])), 1);
  return { ...batch, y, weight: tf.mul(batch.weight, ofLabel) };
}

/** A label for each row, drawn from its probabilities: how many classes come before a uniform draw falls into one of them. */
function drawn(ctx: GraphContext, probabilities: Tensor2D): Tensor1D {
  const [rows, classes] = probabilities.shape;
  const cumulated = tf.cumsum(probabilities, 1);
  // The last one is 1 up to rounding.
  const draw = tf.mul(ctx.uniform([rows, 1]), tf.slice(cumulated, [0, classes - 1], [rows, 1]));
  return tf.cast(tf.sum(tf.cast(tf.lessEqual(cumulated, draw), 'float32'), 1), 'int32') as Tensor1D;
}
