import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { cholesky, inverse, Matrix, matrixOf, solveLower, svd, symmetric, symmetricEigen, tensorOf } from '../../src/index.js';
import { onCpu } from '../learner/support.js';

onCpu();

const matrices = (rows: number, columns: number) =>
  fc.array(fc.integer({ min: -64, max: 64 }), { minLength: rows * columns, maxLength: rows * columns }).map((values) =>
    Matrix.from1DArray(
      rows,
      columns,
      values.map((value) => value / 16),
    ),
  );

/** X Xᵀ + I: all eigenvalues at least 1. */
const positive = (size: number) => matrices(size, size).map((x) => x.mmul(x.transpose()).add(Matrix.eye(size, size)));

function expectSame(a: Matrix, b: Matrix, digits = 8): void {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns]);
  const off = Matrix.sub(a, b).abs().max();
  expect(off / (1 + b.clone().abs().max())).toBeLessThan(10 ** -digits);
}

const tall = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([rows, columns]) => matrices(rows, columns));

describe('svd', () => {
  test.prop([tall])('gives the matrix back, with orthonormal vectors and values from the largest to the smallest', (matrix) => {
    const { left, values, right } = svd(matrix);
    const rank = Math.min(matrix.rows, matrix.columns);
    expect([left.columns, right.columns, values.length]).toEqual([rank, rank, rank]);
    expectSame(left.mmul(Matrix.diag([...values])).mmul(right.transpose()), matrix);
    expect([...values].sort((a, b) => b - a)).toEqual(values);
    expect(values.at(-1)).toBeGreaterThanOrEqual(0);
  });

  it('knows the values of a matrix that one can do by hand', () => {
    // A Aᵀ = [[9, 12], [12, 16]] has the eigenvalues 25 and 0.
    const { values } = svd(
      new Matrix([
        [3, 0, 0],
        [4, 0, 0],
      ]),
    );
    expect(values[0]).toBeCloseTo(5, 12);
    expect(values[1]).toBeCloseTo(0, 12);
  });
});

describe('symmetric matrices', () => {
  test.prop([matrices(4, 4)])('an eigendecomposition gives the symmetric part back', (matrix) => {
    const { values, vectors } = symmetricEigen(matrix);
    expectSame(vectors.mmul(Matrix.diag([...values])).mmul(vectors.transpose()), symmetric(matrix));
    expectSame(vectors.transpose().mmul(vectors), Matrix.eye(4, 4));
    expect([...values].sort((a, b) => a - b)).toEqual(values);
  });

  test.prop([positive(5), matrices(5, 3)])('Cholesky, the solver for its factor, and the inverse', (matrix, b) => {
    const lower = cholesky(matrix)!;
    expectSame(lower.mmul(lower.transpose()), matrix);
    expect(lower.get(0, 4)).toBe(0);
    expectSame(lower.mmul(solveLower(lower, b)), b);
    expectSame(matrix.mmul(inverse(matrix)), Matrix.eye(5, 5), 6);
  });

  it('have no Cholesky factor where an eigenvalue is 0 or less, and no inverse by this function', () => {
    // Eigenvalues 3 and −1, then 2 and 0.
    for (const off of [2, 1]) {
      const matrix = new Matrix([
        [1, off],
        [off, 1],
      ]);
      expect(cholesky(matrix)).toBeNull();
      expect(() => inverse(matrix)).toThrow(expect.objectContaining({ code: 'CL_NOT_FINITE' }));
    }
    expect(() => inverse(Matrix.diag([1, -1]))).toThrow(expect.objectContaining({ code: 'CL_NOT_FINITE' }));
  });

  it('the inverse of a diagonal one is exact', () => {
    expect(inverse(Matrix.diag([2, 4])).to2DArray()).toEqual([
      [0.5, 0],
      [0, 0.25],
    ]);
  });
});

describe('tensors and matrices', () => {
  it('all axes but the last are rows', () => {
    tf.tidy(() => {
      const values = [1, 2, 3, 4, 5, 6, 7, 8];
      const matrix = matrixOf(tf.tensor3d(values, [2, 2, 2]));
      expect(matrix.to2DArray()).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ]);
      const back = tensorOf(matrix);
      expect([back.shape, back.dtype, [...back.dataSync()]]).toEqual([[4, 2], 'float32', values]);
      expect(matrixOf(tf.scalar(3)).to2DArray()).toEqual([[3]]);
    });
  });
});
