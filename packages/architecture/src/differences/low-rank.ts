import { checkKnown, checkNumber, Matrix, matrixOf, symmetricEigen } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkParameters } from './difference.js';

export interface LowRankOptions {
  /** τ: share of the variance of each matrix that is kept at least, (0, 1]. Default 0.5, the best of LoRE-Adapt's. */
  readonly variance?: number;
}

export interface LowRank {
  /** The difference with each matrix in its place replaced by the nearest one of its rank. */
  readonly difference: NamedTensorMap;
  /** Rank of each matrix, by its name: (inputs + outputs) × rank numbers would hold it. */
  readonly ranks: { readonly [name: string]: number };
}

/**
 * A difference made of matrices of low rank: of each, the smallest rank r with
 *
 *     Σᵢ≤ᵣ σᵢ² / Σᵢ σᵢ² ≥ τ,     σ the singular values
 *
 * Fleshman & Van Durme, "RE-Adapt: reverse engineered adaptation of large language models", 2024, arXiv 2405.15007 (LoRE-Adapt). Kernels of
 * convolutions are matrices of all axes but the last by the last; biases and gains stay as they are. Reads the tensors, and gives new ones.
 * By the eigenvectors of the smaller of A Aᵀ and Aᵀ A, in 64-bit floats: a kernel with a side of 384 takes a second or two.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example const { difference: small, ranks } = lowRank(aligned, { variance: 0.5 })
 */
export function lowRank(difference: NamedTensorMap, options: LowRankOptions = {}): LowRank {
  checkKnown('lowRank', options, ['variance']);
  checkParameters('lowRank', difference);
  const { variance = 0.5 } = options;
  checkNumber('lowRank', 'variance', variance, { above: 0, max: 1 });
  const ranks: { [name: string]: number } = {};
  const entries = Object.entries(difference).map(([name, tensor]) => {
    if (tensor.rank < 2) return [name, tf.clone(tensor)] as const;
    const { nearest, rank } = truncated(matrixOf(tensor), variance);
    ranks[name] = rank;
    return [name, tf.tensor(Float32Array.from(nearest.to1DArray()), tensor.shape)] as const;
  });
  return { difference: Object.fromEntries(entries), ranks };
}

/** The matrix of least rank that keeps the share of variance, and its rank. */
function truncated(matrix: Matrix, variance: number): { readonly nearest: Matrix; readonly rank: number } {
  const tall = matrix.rows >= matrix.columns;
  const { values, vectors } = symmetricEigen(tall ? matrix.transpose().mmul(matrix) : matrix.mmul(matrix.transpose()));
  const squares = values.map((value) => Math.max(value, 0)).reverse();
  const all = squares.reduce((sum, square) => sum + square, 0);
  // Below this share it is rounding that is left.
  const wanted = Math.min(variance, 1 - 1e-13) * all;
  let rank = 0;
  for (let kept = 0; kept < wanted; rank++) kept += squares[rank]!;
  if (rank === 0) return { nearest: Matrix.zeros(matrix.rows, matrix.columns), rank };
  // Smallest first: the last columns are the first singular vectors.
  const leading = vectors.subMatrix(0, vectors.rows - 1, vectors.columns - rank, vectors.columns - 1);
  const nearest = tall ? matrix.mmul(leading).mmul(leading.transpose()) : leading.mmul(leading.transpose().mmul(matrix));
  return { nearest, rank };
}
