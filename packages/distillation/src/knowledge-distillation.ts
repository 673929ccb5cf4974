import { type Batch, crossEntropy, weightedMean } from '@cl/core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface DistillationOptions {
  /** T > 0: logits are divided by it; the higher, the more the small probabilities count. */
  readonly temperature: number;
  /** Multiplies the loss by T², so that its gradient does not shrink with T (Hinton et al., 2015). LwF does not. Default false. */
  readonly squareTemperature?: boolean;
  /** Outputs of the teacher that are distilled: [outputs] of 1 and 0. */
  readonly teacherColumns: readonly number[];
  /** Outputs that the student's softmax runs over; where there are more than the teacher's, those have target 0. */
  readonly studentColumns?: readonly number[];
}

/** Far below any logit, so that its softmax is exactly 0. */
const OUT = 1e9;
const only = (logits: Tensor, columns: readonly number[]): Tensor => tf.add(logits, tf.mul(tf.sub(tf.tensor1d([...columns]), 1), OUT));

/**
 * How far a student's outputs are from a teacher's: the mean over rows of the cross-entropy between softmax(teacher / T) and
 * softmax(student / T). Differentiable in the student's logits.
 *
 * @param student Logits, [rows, outputs].
 * @param teacher Logits of the old network, [rows, outputs]; a constant.
 * @param weight Weight of each row, [rows].
 */
export function distillation(student: Tensor, teacher: Tensor, weight: Batch['weight'], options: DistillationOptions): Scalar {
  const { temperature, squareTemperature = false, teacherColumns, studentColumns = teacherColumns } = options;
  const targets = tf.softmax(tf.div(only(teacher, teacherColumns), temperature));
  const losses = crossEntropy(tf.div(only(student, studentColumns), temperature) as Tensor2D, targets as Tensor2D);
  const mean = weightedMean(losses, weight);
  return (squareTemperature ? tf.mul(mean, temperature ** 2) : mean) as Scalar;
}
