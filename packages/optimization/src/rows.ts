import { map, matMul, total, zip } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Several vectors over the parameters as the rows of a matrix, cut up parameter by parameter: [rows, size] each. */
export type Rows = NamedTensorMap;

/** Of tensors [rows, …shape] for each parameter. */
export const asRows = (tensors: NamedTensorMap): Rows => map((tensor) => tf.reshape(tensor, [tensor.shape[0]!, -1]), tensors);

/** One vector, such as an update, as a row. */
export const asRow = (vector: NamedTensorMap): Rows => map((part) => tf.reshape(part, [1, -1]), vector);

/** Inner products of the rows of `a` with those of `b`, over all parameters: [rows of a, rows of b]. */
export const products = (a: Rows, b: Rows): Tensor2D =>
  total(Object.values(zip((x, y) => matMul(x as Tensor2D, y as Tensor2D, { transposeB: true }), a, b))) as Tensor2D;

/** Sums of rows: weights [sums, rows] → [sums, size] each. */
export const combined = (weights: Tensor, rows: Rows): Rows => map((part) => matMul(weights as Tensor2D, part as Tensor2D), rows);
