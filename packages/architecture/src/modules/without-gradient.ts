import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** f(x) as a constant: decisions such as the largest entry have no derivative. */
export const withoutGradient = <T extends Tensor>(f: (x: Tensor) => T, x: Tensor): T =>
  tf.customGrad((...given) => ({ value: f(given[0] as Tensor), gradFunc: () => [tf.zeros(x.shape)] }))(x) as T;

/** 1 in the column that is named for a row, 0 in the others: [rows] of column numbers → [rows, columns]. */
export const columnChosen = (which: Tensor, columns: number): Tensor =>
  tf.cast(tf.equal(tf.expandDims(tf.cast(which, 'int32'), -1), tf.range(0, columns, 1, 'int32')), 'float32');
