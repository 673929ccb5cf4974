import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, gather, oneHot } from '../ops/index.js';
import { weightedMean } from './objective.js';

/** Which outputs take part: 1 and 0 for each, or a tensor of them for each row, [..., outputs]. */
export type OutputColumns = readonly number[] | Tensor;

export interface DistillationOptions {
  /** T > 0: logits are divided by it; the higher, the more the small probabilities count. */
  readonly temperature: number;
  /** The teacher's own T > 0, where it differs from the student's. Default: `temperature`. */
  readonly teacherTemperature?: number;
  /** `soft`: the teacher's probabilities. `hard`: all of the probability on its most probable output. Default 'soft'. */
  readonly targets?: 'soft' | 'hard';
  /**
   * The Kullback–Leibler divergence: the loss less the entropy of the teacher's probabilities, so that it is 0 where both agree. The gradient
   * is the same. Default false.
   */
  readonly divergence?: boolean;
  /** Multiplies the loss by T², so that its gradient does not shrink with T (Hinton et al., 2015). LwF does not. Default false. */
  readonly squareTemperature?: boolean;
  /** Outputs of the teacher that are distilled. Default: all. */
  readonly teacherColumns?: OutputColumns;
  /** Outputs that the student's softmax runs over; where there are more than the teacher's, those have target 0. Default: the teacher's. */
  readonly studentColumns?: OutputColumns;
  /**
   * In the place of columns: groups of outputs, each with a softmax of its own, whose losses are summed. What that costs grows with the
   * outputs in them and not with their number. Default: none.
   */
  readonly heads?: readonly (readonly number[])[];
}

/** Far below any logit, so that its softmax is exactly 0. */
const OUT = 1e9;

function only(logits: Tensor, columns: OutputColumns | undefined): Tensor {
  if (columns === undefined) return logits;
  const kept = columns instanceof tf.Tensor ? columns : tf.tensor1d([...columns]);
  return tf.add(logits, tf.mul(tf.sub(kept, 1), OUT));
}

const longest = (heads: readonly (readonly number[])[]): number => Math.max(...heads.map(({ length }) => length));

/** The logits of each head beside those of the others, [..., heads, longest]; shorter heads end with logits that are none of theirs. */
function byHead(logits: Tensor, heads: readonly (readonly number[])[]): Tensor {
  const [outputs, width] = [logits.shape.at(-1)!, longest(heads)];
  const places = heads.flatMap((head) => Array.from({ length: width }, (_, i) => head[i] ?? 0));
  const columns = gather(tf.transpose(tf.reshape(logits, [-1, outputs])), tf.tensor1d(places, 'int32'));
  return tf.reshape(tf.transpose(columns), [...logits.shape.slice(0, -1), heads.length, width]);
}

/** Which places of `byHead` are a head's own, [heads, longest]. */
const placesIn = (heads: readonly (readonly number[])[]): Tensor =>
  tf.tensor2d(heads.map((head) => Array.from({ length: longest(heads) }, (_, i) => (i < head.length ? 1 : 0))));

/**
 * Cross-entropy of each prediction between the softmax of a teacher's logits and that of a student's, both over temperature (Hinton,
 * Vinyals & Dean, 2015, arXiv 1503.02531): [...]. Differentiable in the student's logits; what the teacher says is a constant.
 *
 * @param student Logits, [..., outputs]: of rows, or of each token of each row.
 * @param teacher Logits of the old network, of the same shape. Those that are left out do not count, whatever they are.
 */
export function distillationOfRows(student: Tensor, teacher: Tensor, options: DistillationOptions): Tensor {
  const { temperature, teacherTemperature = temperature, targets = 'soft', divergence = false, squareTemperature = false } = options;
  const { teacherColumns, studentColumns = teacherColumns, heads, ...others } = options;
  if (heads) {
    const each = distillationOfRows(byHead(student, heads), byHead(teacher, heads), { ...others, teacherColumns: placesIn(heads) });
    return tf.sum(each, -1);
  }
  const outputs = student.shape.at(-1)!;
  const rowsOf = (logits: Tensor) => tf.reshape<tf.Rank.R2>(logits, [-1, outputs]);

  const told = rowsOf(only(teacher, teacherColumns));
  const cooled = tf.div(told, teacherTemperature) as Tensor2D;
  const wanted = targets === 'soft' ? tf.softmax(cooled) : oneHot(tf.argMax(told, 1), outputs);
  const crossEntropies = crossEntropy(tf.div(rowsOf(only(student, studentColumns)), temperature) as Tensor2D, wanted as Tensor2D);
  // Hard targets have no entropy.
  const losses = divergence && targets === 'soft' ? tf.sub(crossEntropies, crossEntropy(cooled, wanted as Tensor2D)) : crossEntropies;
  const scaled = squareTemperature ? tf.mul(losses, temperature ** 2) : losses;
  return tf.reshape(scaled, student.shape.slice(0, -1));
}

/**
 * How far a student's outputs are from a teacher's: the weighted mean of `distillationOfRows`.
 *
 * @param weight Weight of each prediction: [batch], or [batch, sequence] where each token is one.
 * @example distillation(outputs, ctx.forward(batch.x, teacher), batch.weight, { temperature: 2, teacherColumns: indicator(old, 10) })
 */
export function distillation(student: Tensor, teacher: Tensor, weight: Tensor, options: DistillationOptions): Scalar {
  return weightedMean(distillationOfRows(student, teacher, options), weight);
}
