import { cholesky, inverse, type Kronecker, Matrix } from '../../src/index.js';

type Rows = readonly (readonly number[])[];
export interface Factors {
  readonly L: Rows;
  readonly R: Rows;
}

export const of = ({ L, R }: Factors): Kronecker => ({ input: matrix(L), output: matrix(R) });
export const matrix = (rows: Rows): Matrix => new Matrix(rows.map((row) => [...row]));
export const plain = ({ input, output }: Kronecker): Factors => ({ L: input.to2DArray(), R: output.to2DArray() });
export const product = ({ input, output }: Kronecker): Matrix => input.kroneckerProduct(output);
export const times = ({ input, output }: Kronecker, factor: number): Kronecker => ({ input: Matrix.mul(input, factor), output });

/** KL(N(0, sum⁻¹) … ) as in the authors' golden files: of the Gaussian with precision `one` from that with precision `exact`. */
export function divergence(one: Matrix, exact: Matrix): number {
  const logDeterminant = (m: Matrix) =>
    2 *
    cholesky(m)!
      .diag()
      .reduce((sum, value) => sum + Math.log(value), 0);
  return (exact.mmul(inverse(one)).trace() - one.rows + logDeterminant(one) - logDeterminant(exact)) / 2;
}
