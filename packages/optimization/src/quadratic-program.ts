import { matMul } from '@cl/core';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Share of its length that the normal of a constraint must have outside of those that are active; below, float32 cannot tell. */
const INDEPENDENT = 1e-5;
/** Violations up to this share of the largest slope are rounding. */
const ROUNDING = 1e-6;

/**
 * The minimum of ½ vᵀPv + qᵀv over v ≥ lower, for a small P, in tensors alone: it runs inside a compiled step, on any back end.
 *
 * With v = lower + x and b = q + P lower, the minimum is where x ≥ 0, w = Px + b ≥ 0 and xᵀw = 0. Principal pivots find it: while some
 * x or w is negative, the most negative one changes sides, by one sweep of the tableau [P b] (Murty, "Linear complementarity, linear
 * and nonlinear programming", 1988, chapter 4). There are two pivots for each variable; 20 variables needed 18 at most in 12 000 random problems.
 * Rounding is taken out by one step of refinement.
 *
 * @param P Symmetric, positive semi-definite: [size, size]. A variable whose row depends on those of active ones stays at its bound.
 * @param q [size]
 * @returns v [size]
 */
export function boundedQuadratic(P: Tensor2D, q: Tensor1D, lower: Scalar | number): Tensor1D {
  const size = q.shape[0];
  const b = tf.add(q, tf.mul(lower, tf.sum(P, 1))) as Tensor1D;
  // In units in which the diagonal is 1.
  const unit = tf.sqrt(diagonalOf(P)) as Tensor1D;
  const inverse = tf.divNoNan(tf.onesLike(unit), unit) as Tensor1D;
  const scaled = tf.mul(P, outer(inverse, inverse)) as Tensor2D;
  const slope = tf.mul(b, inverse) as Tensor1D;

  const tolerance = tf.mul(ROUNDING, tf.max(tf.abs(slope)));
  let tableau = tf.concat([scaled, column(slope)], 1);
  for (let i = 0; i < 2 * size; i++) tableau = pivoted(tableau, tolerance);

  const { square, last, active } = partsOf(tableau);
  const x = tf.mul(active, tf.relu(tf.neg(last))) as Tensor1D;
  const rest = tf.mul(active, tf.add(times(scaled, x), slope)) as Tensor1D;
  // Of the active part, a swept tableau is minus the inverse.
  const refined = tf.relu(tf.add(x, tf.mul(active, times(square, rest)))) as Tensor1D;
  return tf.add(lower, tf.mul(refined, inverse)) as Tensor1D;
}

/** Swept for the variable with the largest violation; as it is where there is none. */
function pivoted(tableau: Tensor2D, tolerance: Tensor): Tensor2D {
  const size = tableau.shape[0];
  const { diagonal, last, side } = partsOf(tableau);
  const possible = tf.greater(tf.abs(diagonal), INDEPENDENT);
  const values = tf.where(possible, tf.mul(side, last), 0);
  const violated = tf.cast(tf.less(tf.min(values), tf.neg(tolerance)), 'float32');
  const worst = tf.cast(tf.equal(tf.argMin(values), tf.range(0, size, 1, 'int32')), 'float32');
  const chosen = tf.mul(worst, violated) as Tensor1D;

  // Aᵢⱼ − AᵢₖAₖⱼ / Aₖₖ, ±Aᵢₖ / |Aₖₖ| in the row and the column of k, −1 / Aₖₖ where they meet.
  const row = matMul(tf.reshape<tf.Rank.R2>(chosen, [1, size]), tableau);
  const sign = tf.mul(side, chosen) as Tensor1D;
  const across = tf.sub(
    row,
    tf.pad(tf.reshape(sign, [1, size]), [
      [0, 0],
      [0, 1],
    ]),
  );
  const along = tf.reshape(tf.slice(across, [0, 0], [1, size]), [size, 1]);
  const pivot = tf.add(tf.sum(tf.mul(diagonal, chosen)), tf.sub(1, violated));
  const swept = tf.sub(tableau, tf.div(tf.mul(along, across), pivot));
  return tf.sub(
    swept,
    tf.pad(tf.mul(tf.mul(2, column(sign)), tf.eye(size)), [
      [0, 0],
      [0, 1],
    ]),
  ) as Tensor2D;
}

/** Of a tableau [size, size + 1]: its square, the diagonal of that, the last column, and which variables are off their bounds (1) or on it (0). */
function partsOf(tableau: Tensor2D) {
  const size = tableau.shape[0];
  const square = tf.slice(tableau, [0, 0], [size, size]) as Tensor2D;
  const diagonal = diagonalOf(square);
  const side = tf.sign(diagonal) as Tensor1D;
  const last = tf.reshape<tf.Rank.R1>(tf.slice(tableau, [0, size], [size, 1]), [size]);
  return { square, diagonal, side, last, active: tf.cast(tf.less(diagonal, 0), 'float32') as Tensor1D };
}

const diagonalOf = (square: Tensor2D): Tensor1D => tf.sum(tf.mul(square, tf.eye(square.shape[0])), 1) as Tensor1D;
const column = (vector: Tensor1D): Tensor2D => tf.reshape(vector, [vector.shape[0], 1]);
const outer = (a: Tensor1D, b: Tensor1D): Tensor2D => tf.mul(column(a), b) as Tensor2D;
const times = (matrix: Tensor2D, vector: Tensor1D): Tensor1D => tf.reshape(matMul(matrix, column(vector)), [vector.shape[0]]);
