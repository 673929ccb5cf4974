import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { ContinualLearningError } from '../errors.js';

export interface Svd {
  /** Left singular vectors, one a column: [rows, rank]. */
  readonly left: Matrix;
  /** Singular values, largest first. */
  readonly values: readonly number[];
  /** Right singular vectors, one a column: [columns, rank]. */
  readonly right: Matrix;
}

/** The thin singular value decomposition A = left · diag(values) · rightᵀ; rank is the smaller of A's sides. */
export function svd(matrix: Matrix): Svd {
  const result = new SingularValueDecomposition(matrix, { autoTranspose: true });
  const rank = Math.min(matrix.rows, matrix.columns);
  const thin = (vectors: Matrix) => vectors.subMatrix(0, vectors.rows - 1, 0, rank - 1);
  return { left: thin(result.leftSingularVectors), values: result.diagonal.slice(0, rank), right: thin(result.rightSingularVectors) };
}

export interface SymmetricEigen {
  /** Eigenvalues, smallest first. */
  readonly values: readonly number[];
  /** Eigenvectors, one a column. */
  readonly vectors: Matrix;
}

/** A = vectors · diag(values) · vectorsᵀ of a symmetric matrix, of which only the symmetric part is looked at. */
export function symmetricEigen(matrix: Matrix): SymmetricEigen {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric(matrix), { assumeSymmetric: true });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}

/** (A + Aᵀ) / 2: what rounding has made unequal is equal again. */
export const symmetric = (matrix: Matrix): Matrix => Matrix.add(matrix, matrix.transpose()).div(2);

/**
 * The lower triangular L with L Lᵀ = A, of a symmetric matrix all of whose eigenvalues are positive; `null` of any other. Only A's lower
 * triangle is looked at.
 */
export function cholesky(matrix: Matrix): Matrix | null {
  const rows = rowsOf(matrix);
  const lower = rows.map((row) => new Float64Array(row.length));
  for (const [i, own] of lower.entries()) {
    for (let j = 0; j <= i; j++) {
      const other = lower[j]!;
      let left = rows[i]![j]!;
      for (let k = 0; k < j; k++) left -= own[k]! * other[k]!;
      if (i > j) own[j] = left / other[j]!;
      else if (left > 0) own[i] = Math.sqrt(left);
      else return null;
    }
  }
  return new Matrix(lower);
}

/** X with L X = B, for a lower triangular L. */
export function solveLower(lower: Matrix, b: Matrix): Matrix {
  const solved = rowsOf(b).map((row) => row.slice());
  for (const [i, weights] of rowsOf(lower).entries()) {
    const own = solved[i]!;
    for (let k = 0; k < i; k++) {
      const weight = weights[k]!;
      const above = solved[k]!;
      if (weight !== 0) for (let c = 0; c < own.length; c++) own[c]! -= weight * above[c]!;
    }
    for (let c = 0; c < own.length; c++) own[c]! /= weights[i]!;
  }
  return new Matrix(solved);
}

/**
 * The inverse of a symmetric matrix all of whose eigenvalues are positive, such as a covariance with something added to its diagonal.
 *
 * @throws CL_NOT_FINITE where it is not, be it by rounding.
 */
export function inverse(matrix: Matrix): Matrix {
  // Those of a prior: worth a look, since the rest takes a second for a thousand rows.
  if (isDiagonal(matrix)) return Matrix.diag(matrix.diag().map((value) => 1 / value));
  const lower = cholesky(matrix);
  if (!lower) {
    const message = `inverse(): a matrix of ${matrix.rows} × ${matrix.columns} has eigenvalues that are not positive. Add more damping to its diagonal.`;
    throw new ContinualLearningError('CL_NOT_FINITE', message);
  }
  const half = rowsOf(solveLower(lower, Matrix.eye(matrix.rows, matrix.rows)));
  const result = half.map((row) => new Float64Array(row.length));
  // A⁻¹ = L⁻ᵀ L⁻¹: a sum of outer products of rows of which the end is zero.
  for (const [k, row] of half.entries()) {
    for (let i = 0; i <= k; i++) {
      const own = result[i]!;
      for (let j = 0; j <= k; j++) own[j]! += row[i]! * row[j]!;
    }
  }
  return new Matrix(result);
}

const isDiagonal = (matrix: Matrix): boolean =>
  rowsOf(matrix).every((row, i) => row[i]! > 0 && row.every((value, j) => i === j || value === 0));

/** Rows as typed arrays: the loops above run several times as fast on these as on `get` and `set`. */
const rowsOf = (matrix: Matrix): Float64Array[] => Array.from({ length: matrix.rows }, (_, row) => Float64Array.from(matrix.getRow(row)));
