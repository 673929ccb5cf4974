import { cholesky, Matrix, solveLower, symmetric, symmetricEigen } from '../linear-algebra/index.js';
import { checkOneOf } from '../options.js';

/** The Kronecker product input ⊗ output of two symmetric matrices without negative eigenvalues. */
export interface Kronecker {
  /** [inputs, inputs] */
  readonly input: Matrix;
  /** [units, units] */
  readonly output: Matrix;
}

/**
 * How the sum of two Kronecker products, which is none itself, is made one.
 *
 * - `kl`: the one whose Gaussian is nearest to that of the sum, in Kullback-Leibler divergence (Kao et al., 2021, appendix).
 * - `nearest`: the nearest in the Frobenius norm (Van Loan, 2000).
 * - `additive`: factors are added, after they were given the same scale (Martens & Grosse, 2015). Never less than the sum, and up to twice
 *   as much.
 */
export type KroneckerSum = 'kl' | 'nearest' | 'additive';

export const KRONECKER_SUMS = ['kl', 'nearest', 'additive'] as const satisfies readonly KroneckerSum[];

/**
 * b.input ⊗ b.output + c.input ⊗ c.output as one Kronecker product. By each rule its factors are weighted sums of the given ones, so only
 * four weights are to be found.
 */
export function kroneckerSum(b: Kronecker, c: Kronecker, rule: KroneckerSum = 'kl'): Kronecker {
  checkOneOf('kroneckerSum', 'rule', rule, KRONECKER_SUMS);
  if (isZero(c)) return b;
  if (isZero(b)) return c;
  const rules = { kl: nearestGaussian, nearest: nearestFrobenius, additive };
  const { input, output } = rules[rule](b, c);
  const sum = { input: weighted(input, b.input, c.input), output: weighted(output, b.output, c.output) };
  return rule === 'additive' ? sum : balanced(sum);
}

/** The same product, of factors with equal mean eigenvalues. */
export function balanced({ input, output }: Kronecker): Kronecker {
  const ratio = Math.sqrt(meanEigenvalue(output) / meanEigenvalue(input));
  return { input: Matrix.mul(input, ratio), output: Matrix.div(output, ratio) };
}

/** Factors whose product is that of `kronecker` and α² I, added by the additive rule: so much damping that they can be inverted. */
export function damped(kronecker: Kronecker, alpha: number): Kronecker {
  const identity = ({ rows }: Matrix) => Matrix.eye(rows, rows).mul(alpha);
  return kroneckerSum(kronecker, { input: identity(kronecker.input), output: identity(kronecker.output) }, 'additive');
}

/** Weights of the first and the second product's factor. */
type Pair = readonly [number, number];
type Weights = { readonly input: Pair; readonly output: Pair };

const weighted = ([first, second]: Pair, b: Matrix, c: Matrix): Matrix => Matrix.mul(b, first).add(Matrix.mul(c, second));

const meanEigenvalue = (matrix: Matrix): number => matrix.trace() / matrix.rows;
const isZero = ({ input, output }: Kronecker): boolean => Math.min(input.trace(), output.trace()) <= 0;

/** E = B_L + π C_L, F = B_R + C_R / π, with π² = tr B_L tr C_R / (tr C_L tr B_R). */
function additive(b: Kronecker, c: Kronecker): Weights {
  const pi = Math.sqrt((b.input.trace() * c.output.trace()) / (c.input.trace() * b.output.trace()));
  return { input: [1, pi], output: [1, 1 / pi] };
}

/** The best approximation of rank one of vec(B_L) vec(B_R)ᵀ + vec(C_L) vec(C_R)ᵀ lies in the spans of its vectors: a problem of size 2. */
function nearestFrobenius(b: Kronecker, c: Kronecker): Weights {
  const inner = (x: Matrix, y: Matrix): number => Matrix.mul(x, y).sum();
  const gram = (x: Matrix, y: Matrix) =>
    new Matrix([
      [inner(x, x), inner(x, y)],
      [inner(x, y), inner(y, y)],
    ]);
  const [left, right] = [gram(b.input, c.input), gram(b.output, c.output)];
  const product = right.mmul(left);
  const [[p, q], [r, s]] = product.to2DArray() as [[number, number], [number, number]];
  const largest = (p + s) / 2 + Math.sqrt(((p - s) / 2) ** 2 + q * r);
  // Both are eigenvectors or zero, and have no negative entries, so the sum is the eigenvector too.
  const input: Pair = [q + largest - s, largest - p + r];
  const image = left.mmul(Matrix.columnVector([...input]));
  const length = input[0] * image.get(0, 0) + input[1] * image.get(1, 0);
  return { input, output: [image.get(0, 0) / length, image.get(1, 0) / length] };
}

/** Part of the way to the next estimate that a step goes, and when it is enough: as in the authors' code, but to the end. */
const [STEP, PRECISION, STEPS] = [0.3, 1e-12, 10_000];

/**
 * The fixed point of
 *
 *     E = tr(B_R F⁻¹)/n_R B_L + tr(C_R F⁻¹)/n_R C_L,     F = tr(B_L E⁻¹)/n_L B_R + tr(C_L E⁻¹)/n_L C_R.
 *
 * In the basis in which B and C are both diagonal the traces are sums over eigenvalues, so nothing is inverted on the way.
 */
function nearestGaussian(b: Kronecker, c: Kronecker): Weights {
  const scales = [b, c].map(({ input, output }) => [meanEigenvalue(input), meanEigenvalue(output)] as const);
  const [ofB, ofC] = scales.map(([input, output]) => input * output) as [number, number];
  // Shares of B, both scaled to a mean eigenvalue of 1, in B + C.
  const [left, right] = [shares(b.input, c.input), shares(b.output, c.output)];
  let input: Pair = [Math.sqrt(ofB), Math.sqrt(ofC)];
  let output: Pair = input;
  for (let step = 0; step < STEPS; step++) {
    const next = { input: tracesOver(output, right, ofB, ofC), output: tracesOver(input, left, ofB, ofC) };
    const change = Math.max(relative(input, next.input), relative(output, next.output));
    [input, output] = [towards(input, next.input), towards(output, next.output)];
    if (change < PRECISION) break;
  }
  const [[bInput, bOutput], [cInput, cOutput]] = scales as [Pair, Pair];
  return { input: [input[0] / bInput, input[1] / cInput], output: [output[0] / bOutput, output[1] / cOutput] };
}

/** Less of a direction than this, where 1 is the mean, is what rounding left: factors are sums of 32-bit floats. */
const ROUNDING = 1e-6;

/** Eigenvalues, in [0, 1], of B in the basis in which B + C is the identity; those of C are 1 minus these. */
function shares(b: Matrix, c: Matrix): readonly number[] {
  const [first, second] = [b, c].map((matrix) => symmetric(matrix).div(meanEigenvalue(matrix))) as [Matrix, Matrix];
  const { values } = symmetricEigen(within(first, Matrix.add(first, second)));
  // In a direction that neither knows there is nothing to tell them apart by.
  const unknown = Array.from({ length: b.rows - values.length }, () => 0.5);
  return [...values.map((value) => Math.min(Math.max(value, 0), 1)), ...unknown];
}

/** B in the basis in which `whole` is the identity, of those directions in which that is more than rounding. */
function within(b: Matrix, whole: Matrix): Matrix {
  const lower = cholesky(whole);
  if (lower && Math.min(...lower.diag()) ** 2 > ROUNDING) return solveLower(lower, solveLower(lower, b).transpose());
  const { values, vectors } = symmetricEigen(whole);
  const known = values.flatMap((value, i) => (value > ROUNDING ? [vectors.getColumn(i).map((x) => x / Math.sqrt(value))] : []));
  const basis = new Matrix(known);
  return basis.mmul(b).mmul(basis.transpose());
}

/** Mean over the eigenvalues of B and of C, each over those of the sum with these weights. */
function tracesOver([first, second]: Pair, shares: readonly number[], ofB: number, ofC: number): Pair {
  let [sumB, sumC] = [0, 0];
  for (const share of shares) {
    const sum = first * share + second * (1 - share);
    sumB += share / sum;
    sumC += (1 - share) / sum;
  }
  return [(ofB * sumB) / shares.length, (ofC * sumC) / shares.length];
}

const relative = (from: Pair, to: Pair): number => Math.max(...from.map((value, i) => Math.abs(to[i]! - value) / (Math.abs(value) || 1)));
const towards = (from: Pair, to: Pair): Pair => [from[0] + STEP * (to[0] - from[0]), from[1] + STEP * (to[1] - from[1])];
