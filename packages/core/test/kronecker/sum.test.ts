import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { balanced, damped, inverse, KRONECKER_SUMS, type KroneckerSum, kroneckerSum, Matrix, symmetricEigen } from '../../src/index.js';
import { divergence, matrix, plain, product, times } from './support.js';

/** A symmetric matrix with eigenvalues of at least 0.1. */
const positive = (size: number) =>
  fc.array(fc.integer({ min: -32, max: 32 }), { minLength: size * size, maxLength: size * size }).map((values) => {
    const x = Matrix.from1DArray(
      size,
      size,
      values.map((value) => value / 16),
    );
    return x.mmul(x.transpose()).add(Matrix.eye(size, size).mul(0.1));
  });
const kronecker = fc.record({ input: positive(3), output: positive(2) });
const rule = fc.constantFrom(...KRONECKER_SUMS);

function expectSame(a: Matrix, b: Matrix, precision = 1e-6): void {
  expect(Matrix.sub(a, b).abs().max()).toBeLessThan(precision * (1 + Matrix.abs(b).max()));
}

describe('a sum of two Kronecker products', () => {
  test.prop([rule, kronecker, kronecker])('has symmetric factors whose eigenvalues are positive', (by, b, c) => {
    for (const factor of Object.values(kroneckerSum(b, c, by)) as Matrix[]) {
      expectSame(factor, factor.transpose(), 1e-12);
      expect(Math.min(...symmetricEigen(factor).values)).toBeGreaterThan(0);
    }
  });

  test.prop([rule, kronecker, kronecker])('does not depend on which comes first', (by, b, c) => {
    expectSame(product(kroneckerSum(b, c, by)), product(kroneckerSum(c, b, by)));
  });

  test.prop([rule, kronecker, kronecker, fc.constantFrom(1 / 1024, 3, 4096)])(
    'does not depend on how a product is divided among its factors',
    (by, b, c, factor) => {
      const other = { input: Matrix.mul(b.input, factor), output: Matrix.div(b.output, factor) };
      expectSame(product(kroneckerSum(other, c, by)), product(kroneckerSum(b, c, by)));
    },
  );

  test.prop([kronecker, fc.constantFrom(0.01, 1, 30)])(
    'of a product and a multiple of it is exact, but not by the additive rule',
    (b, c) => {
      for (const by of ['kl', 'nearest'] as const) expectSame(product(kroneckerSum(b, times(b, c), by)), product(times(b, 1 + c)));
      // (1 + √c)²: four times as much, and not twice, where both are the same.
      expectSame(product(kroneckerSum(b, times(b, c), 'additive')), product(times(b, (1 + Math.sqrt(c)) ** 2)));
    },
  );

  test.prop([kronecker, kronecker])('by the rule kl: tr(sum · result⁻¹) is its size, and no other rule is nearer', (b, c) => {
    const exact = Matrix.add(product(b), product(c));
    const [best, ...others] = KRONECKER_SUMS.map((by) => product(kroneckerSum(b, c, by)));
    expect(exact.mmul(inverse(best!)).trace()).toBeCloseTo(6, 6);
    for (const other of others) expect(divergence(best!, exact)).toBeLessThanOrEqual(divergence(other, exact) + 1e-9);
  });

  test.prop([kronecker, kronecker])('by the rule nearest: no other rule is nearer in the Frobenius norm', (b, c) => {
    const exact = Matrix.add(product(b), product(c));
    const distance = (by: KroneckerSum) => Matrix.sub(exact, product(kroneckerSum(b, c, by))).norm('frobenius');
    for (const by of KRONECKER_SUMS) expect(distance('nearest')).toBeLessThanOrEqual(distance(by) * (1 + 1e-9));
  });

  test.prop([kronecker, kronecker])('by the additive rule is never less than the sum', (b, c) => {
    const more = product(kroneckerSum(b, c, 'additive'))
      .sub(product(b))
      .sub(product(c));
    expect(Math.min(...symmetricEigen(more).values)).toBeGreaterThan(-1e-9);
  });

  it('of diagonal matrices that one can do by hand', () => {
    // By the reference's own program: (12.550, 7.016, 12.472, 6.972), at a divergence of .0834; nearest .1166, additive .4732.
    const b = { input: Matrix.diag([4, 1]), output: Matrix.diag([1, 2]) };
    const c = { input: Matrix.diag([1, 3]), output: Matrix.diag([5, 1]) };
    const exact = Matrix.add(product(b), product(c));
    expectClose(exact.diag(), [9, 9, 16, 5]);
    const [kl, nearest, additive] = KRONECKER_SUMS.map((by) => product(kroneckerSum(b, c, by)));
    expectClose(kl!.diag(), [12.55, 7.016, 12.472, 6.972], { abs: 1e-3, rel: 0 });
    expectClose(
      [kl!, nearest!, additive!].map((sum) => divergence(sum, exact)),
      [0.0834, 0.1166, 0.4732],
      { abs: 1e-4, rel: 0 },
    );
  });

  it('of which one is zero is the other', () => {
    const b = { input: Matrix.diag([4, 1]), output: Matrix.diag([1, 2]) };
    const zero = { input: Matrix.zeros(2, 2), output: Matrix.diag([1, 1]) };
    for (const by of KRONECKER_SUMS) expect([kroneckerSum(b, zero, by), kroneckerSum(zero, b, by)]).toEqual([b, b]);
  });

  it('takes factors that are not of full rank, also both in the same direction', () => {
    const b = { input: Matrix.diag([4, 0, 0]), output: Matrix.diag([1, 0]) };
    const c = { input: Matrix.diag([1, 1, 0]), output: Matrix.diag([1, 1]) };
    for (const by of KRONECKER_SUMS) {
      const sum = product(kroneckerSum(b, c, by));
      expect(Math.min(...symmetricEigen(sum).values)).toBeGreaterThan(-1e-9);
      expect(Number.isFinite(sum.sum())).toBe(true);
      expect(sum.get(0, 0)).toBeGreaterThan(1);
    }
  });

  it('refuses a rule that there is not', () => {
    const b = { input: Matrix.eye(2, 2), output: Matrix.eye(2, 2) };
    expect(() => kroneckerSum(b, b, 'exact' as KroneckerSum)).toThrow(expect.objectContaining({ code: 'CL_OPTION' }));
  });
});

describe('balanced and damped', () => {
  test.prop([kronecker])('balancing changes the scale of the factors and not the product', (b) => {
    const even = balanced(b);
    expectSame(product(even), product(b), 1e-9);
    expect(even.input.trace() / 3).toBeCloseTo(even.output.trace() / 2, 9);
  });

  test.prop([kronecker, fc.constantFrom(0.001, 4096)])('damping does not depend on how a product is divided among its factors', (b, c) => {
    const other = { input: Matrix.mul(b.input, c), output: Matrix.div(b.output, c) };
    expectSame(product(damped(other, 0.01)), product(damped(b, 0.01)));
  });

  it('damping adds α to both factors where they are balanced', () => {
    const b = { input: Matrix.diag([4, 2]), output: Matrix.diag([1, 5]) };
    expectClose(plain(damped(b, 0.5)), {
      L: [
        [4.5, 0],
        [0, 2.5],
      ],
      R: [
        [1.5, 0],
        [0, 5.5],
      ],
    });
  });
});

describe('a direction that neither factor knows', () => {
  // Of rank 2 in three dimensions, as of units two of which never fire apart.
  const flat = (first: readonly number[], second: readonly number[], noise: number): Matrix => {
    const rows = [0, 1, 2].map((i) => [0, 1, 2].map((j) => first[i]! * first[j]! + second[i]! * second[j]!));
    return new Matrix(rows.map((row, i) => row.map((value, j) => value * (1 + noise * Math.sin(7 * i + 3 * j)))));
  };
  const left = matrix([
    [2, 0.3],
    [0.3, 1],
  ]);
  const right = matrix([
    [0.7, -0.2],
    [-0.2, 1.5],
  ]);
  const sumWith = (noise: number) =>
    kroneckerSum(
      { input: flat([1, 2, 0], [0.5, 0, 0], noise), output: left },
      { input: flat([0.3, 1, 0], [1, -1, 0], noise), output: right },
      'kl',
    );

  it('does not let rounding decide', () => {
    const whole = product(sumWith(0)).to1DArray();
    for (const noise of [1e-8, -3e-8, 6e-8]) expectClose(product(sumWith(noise)).to1DArray(), whole, { abs: 1e-6, rel: 1e-6 }, `${noise}`);
    // Noise in that direction itself.
    const input = flat([1, 2, 0], [0.5, 0, 0], 0);
    input.set(2, 2, 5e-8);
    const noisy = kroneckerSum({ input, output: left }, { input: flat([0.3, 1, 0], [1, -1, 0], 0), output: right }, 'kl');
    expectClose(product(noisy).to1DArray(), whole, { abs: 1e-6, rel: 1e-6 }, 'noise where there is nothing');
  });
});
