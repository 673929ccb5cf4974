import { it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import { type KroneckerSum, kroneckerSum, Matrix } from '../../src/index.js';
import { divergence, type Factors, of, plain, product } from './support.js';

const folder = new URL('../../golden/', import.meta.url);
const files = goldenFiles<
  { readonly B: Factors; readonly C: Factors },
  {
    readonly [sum in 'additive' | 'klOptimalAuthors' | 'klOptimalFixedPoint' | 'nearestFrobenius']: Factors;
  } & { readonly kl: { readonly [sum: string]: number } }
>('ncl', folder, 'kronecker-sum-');

it.each(files)('$file', ({ given, expected, tolerance }) => {
  const [b, c] = [of(given.B), of(given.C)];
  const exact = Matrix.add(product(b), product(c));
  const fields = { kl: 'klOptimalFixedPoint', nearest: 'nearestFrobenius', additive: 'additive' } as const;
  for (const [rule, field] of Object.entries(fields) as [KroneckerSum, (typeof fields)[KroneckerSum]][]) {
    const sum = kroneckerSum(b, c, rule);
    expectClose(plain(sum), expected[field], tolerance, rule);
    expectClose(divergence(product(sum), exact), expected.kl[field], { abs: 1e-7, rel: 1e-5 }, `divergence, ${rule}`);
  }
  // Their loop stops earlier.
  const { L, R } = expected.klOptimalAuthors;
  expectClose(plain(kroneckerSum(b, c, 'kl')), { L, R }, { abs: 1e-3, rel: 1e-3 });
});
