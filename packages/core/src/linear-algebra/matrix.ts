import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';

/**
 * The values of a tensor as a matrix of 64-bit floats, all axes but the last as rows. It reads the device, so it is for hooks at a task's
 * boundary, which run once and eagerly: a step that is to be compiled cannot do that.
 *
 * @example svd(matrixOf(activations)).values
 */
export function matrixOf(tensor: Tensor): Matrix {
  const columns = tensor.shape.at(-1) ?? 1;
  const values = tensor.dataSync();
  const matrix = new Matrix(tensor.size / Math.max(columns, 1), columns);
  for (let row = 0; row < matrix.rows; row++) for (let c = 0; c < columns; c++) matrix.set(row, c, values[row * columns + c]!);
  return matrix;
}

/** A matrix as a float32 tensor [rows, columns]. */
export function tensorOf(matrix: Matrix): Tensor2D {
  return tf.tensor2d(Float32Array.from(matrix.to1DArray()), [matrix.rows, matrix.columns]);
}
