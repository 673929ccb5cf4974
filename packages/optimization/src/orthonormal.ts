import { Matrix, map, matrixOf, solveLower, tensorOf, zip } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { combined, products, type Rows } from './rows.js';

/** The square of the share of a row's length that must lie outside of what is spanned already; below, float32 sees its own rounding. */
const SMALLEST = 1e-5;

/**
 * Gram–Schmidt: orthonormal rows that span, with those of `known`, what `given` adds to these. A row that adds nothing is left out. Null
 * where none does. Done twice, since the first time loses what 32-bit floats round. Reads the device.
 *
 * @param known Orthonormal rows, or null for none.
 */
export function orthonormal(given: Rows, known: Rows | null): Rows | null {
  const lengths = tf.sqrt(tf.sum(diagonal(products(given, given)), 1, true));
  let rows = map((part) => tf.divNoNan(part, lengths), given);
  for (let pass = 0; pass < 2; pass++) {
    if (known) rows = zip(tf.sub, rows, combined(products(rows, known), known));
    const weights = coefficients(matrixOf(products(rows, rows)));
    if (!weights) return null;
    rows = combined(tensorOf(weights), rows);
  }
  return rows;
}

/**
 * From the inner products of rows, the weights that make orthonormal rows of them, one after another: [kept, rows]. They are L⁻¹ of
 * Cholesky's L Lᵀ, without the rows that are not kept.
 */
function coefficients(inner: Matrix): Matrix | null {
  const kept: number[] = [];
  const lower: number[][] = [];
  for (let i = 0; i < inner.rows; i++) {
    const own: number[] = [];
    for (const [j, other] of lower.entries()) {
      let left = inner.get(i, kept[j]!);
      for (let k = 0; k < j; k++) left -= own[k]! * other[k]!;
      own.push(left / other[j]!);
    }
    const outside = inner.get(i, i) - own.reduce((sum, value) => sum + value * value, 0);
    if (outside <= SMALLEST) continue;
    kept.push(i);
    lower.push([...own, Math.sqrt(outside)]);
  }
  if (kept.length === 0) return null;

  const square = new Matrix(lower.map((row) => [...row, ...Array<number>(kept.length - row.length).fill(0)]));
  const weights = solveLower(square, Matrix.eye(kept.length, kept.length));
  const spread = Matrix.zeros(kept.length, inner.rows);
  for (const [column, row] of kept.entries()) spread.setColumn(row, weights.getColumn(column));
  return spread;
}

const diagonal = (square: tf.Tensor2D): tf.Tensor2D => tf.mul(square, tf.eye(square.shape[0])) as tf.Tensor2D;
