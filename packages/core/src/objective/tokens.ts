import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { sparseCrossEntropy } from '../ops/index.js';
import type { Batch } from '../strategy/context.js';
import { competingLogits } from './competing-logits.js';
import type { Mean } from './objective.js';

/** The label of a position that there is nothing to say about: padding, the later pieces of a word, a token that is not asked for. Any negative label is one. */
export const NO_TARGET = -100;

/** 1 where a position has a target, 0 elsewhere, in rows of padding too: [batch, sequence]. */
export const targetsOf = (labels: Tensor, { weight }: Batch): Tensor =>
  tf.mul(tf.cast(tf.greaterEqual(labels, 0), 'float32'), tf.expandDims(weight, 1));

/**
 * Cross-entropy at each position over the outputs that compete for its row, and what it counts: [batch, sequence] each.
 *
 * @param outputs Logits, [batch, sequence, outputs].
 * @param labels int32 [batch, sequence]; negative where there is no target.
 */
export function crossEntropyOfTokens(outputs: Tensor, labels: Tensor, batch: Batch): { readonly losses: Tensor; readonly weights: Tensor } {
  if (`${outputs.shape.slice(0, -1)}` !== `${labels.shape}`) {
    throw new ContinualLearningError(
      'CL_SHAPE',
      `There must be outputs for each label: received outputs [${outputs.shape}] and labels [${labels.shape}].`,
    );
  }
  const logits = tf.reshape(competingLogits(outputs, batch), [-1, outputs.shape.at(-1)!]) as Tensor2D;
  // A label that is none must still name an output; its loss is not counted.
  const named = tf.reshape(tf.maximum(labels, tf.scalar(0, 'int32')), [-1]) as Tensor1D;
  return { losses: tf.reshape(sparseCrossEntropy(logits, named), labels.shape), weights: targetsOf(labels, batch) };
}

/** The share of positions with a target where the likeliest of the competing outputs is it. */
export function accuracyOfTokens(outputs: Tensor, labels: Tensor, batch: Batch): Mean {
  const right = tf.cast(tf.equal(tf.argMax(competingLogits(outputs, batch), -1), labels), 'float32');
  const weights = targetsOf(labels, batch);
  return { sum: tf.sum(tf.mul(right, weights)), weight: tf.sum(weights) };
}

/** Throws CL_LABEL for a label that is neither an output nor negative. */
export function checkTokens(factory: string, y: Float32Array | Int32Array, outputs: number): void {
  const wrong = y.findIndex((label) => !(Number.isInteger(label) && label < outputs));
  if (wrong >= 0) {
    throw new ContinualLearningError(
      'CL_LABEL',
      `${factory}(): labels must be whole numbers below ${outputs}, the outputs of the model, and negative (${NO_TARGET}) where there is no target; element ${wrong} is ${y[wrong]}.`,
    );
  }
  if (!(y instanceof Int32Array)) {
    throw new ContinualLearningError(
      'CL_SHAPE',
      `${factory}(): targets must be labels of tokens, int32 [sequence] a row, received float32.`,
    );
  }
}
