import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasWithGradient, run } from './kernel.js';
import { oneHot } from './one-hot.js';

/**
 * The rows of `table` with these numbers: [...indices.shape, ...row]. `tf.gather` on tfjs-node reads the indices back at each
 * call; this does not. TensorFlow itself refuses an index out of range on the CPU, and gives zeros on a GPU.
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  if (hasWithGradient('cl/Gather', gatherGradient)) return run('cl/Gather', { table, indices });
  return plainGather(table, indices);
}

const gatherGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['table', 'indices'],
  gradFunc: (dy, [table, indices]) => ({ table: () => scatter(dy as Tensor, indices!, table!.shape) }),
};

const plainGather = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
  const [table, indices, save] = args as unknown as [Tensor, Tensor, tf.GradSaveFunc];
  save([table, indices]);
  return {
    value: tf.gather(table, indices),
    gradFunc: (dy: Tensor, [t, i]: Tensor[]) => [scatter(dy, i!, t!.shape), tf.zerosLike(i!)],
  };
}) as unknown as (table: Tensor, indices: Tensor) => Tensor;

/** The sum of the rows of `dy` that belong to each row of the table. */
function scatter(dy: Tensor, indices: Tensor, shape: readonly number[]): Tensor {
  const rows = tf.reshape(dy, [indices.size, ...shape.slice(1)]);
  const numbers = tf.reshape(indices, [indices.size]) as tf.Tensor1D;
  if (tf.getKernel('UnsortedSegmentSum', tf.getBackend())) return tf.unsortedSegmentSum(rows, numbers, shape[0]!);
  // The wasm back end lacks it.
  const member = oneHot(numbers, shape[0]!);
  const flat = tf.reshape(rows, [indices.size, -1]);
  return tf.reshape(tf.matMul(member, flat, true, false), [...shape]);
}
