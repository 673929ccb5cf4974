import { Matrix, symmetricEigen } from '@cl/core';

/**
 * M and the fewest directions that it needs beside its own to cover `share` of the energy of the rows of Rᵀ, its columns orthonormal:
 * [inputs, directions]. Null if there are none.
 *
 * @param Rᵀ [rows, inputs]
 * @param M Null for none.
 * @param asCoded Without the last of them where M is null.
 */
export function extended(Rᵀ: Matrix, M: Matrix | null, share: number, asCoded: boolean): Matrix | null {
  const rest = M ? Matrix.sub(Rᵀ, Rᵀ.mmul(M).mmul(M.transpose())) : Rᵀ;
  const energy = energyOf(Rᵀ);
  const { squares, vectors } = leading(rest);

  let covered = energy - energyOf(rest);
  let count = 0;
  // A direction of which rounding leaves nothing is none: the basis never exceeds the rank.
  while (count < squares.length && covered < share * energy && squares[count]! > 1e-12 * energy) covered += squares[count++]!;
  if (asCoded && !M) count = Math.max(0, count - 1);

  const added = Array.from({ length: count }, (_, i) => vectors(i));
  const columns = [...(M ? M.transpose().to2DArray() : []), ...added];
  return columns.length > 0 ? new Matrix(columns).transpose() : null;
}

const energyOf = (matrix: Matrix): number => matrix.to1DArray().reduce((sum, value) => sum + value * value, 0);

/** Squared singular values, largest first, and right singular vectors, from the smaller of the two products with the transpose. */
function leading(rows: Matrix): { readonly squares: readonly number[]; vectors(i: number): number[] } {
  const transposed = rows.transpose();
  const wide = rows.rows < rows.columns;
  const { values, vectors } = symmetricEigen(wide ? rows.mmul(transposed) : transposed.mmul(rows));
  const last = values.length - 1;
  return {
    squares: values.map((_, i) => Math.max(0, values[last - i]!)),
    vectors(i) {
      const own = vectors.getColumn(last - i);
      if (!wide) return own;
      const length = Math.sqrt(values[last - i]!);
      return transposed
        .mmul(Matrix.columnVector(own))
        .to1DArray()
        .map((value) => value / length);
    },
  };
}
