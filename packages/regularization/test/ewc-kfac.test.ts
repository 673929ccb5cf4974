import { adam, type GraphContext, Matrix, sgd, valueAndGradients } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { plain, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type EwcKfacOptions, ewcKfac } from '../src/index.js';

strategyContract({
  create: (options) => ewcKfac({ lambda: 1, ...options }),
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { fisher: 'batched' }, { sum: 'exact' }, { gamma: -0.1 }, { gamma: 1.1 }],
  goodOptions: [
    { fisher: 'sample', sum: 'additive', gamma: 0.9 },
    { fisher: 'empirical', sum: 'nearest', gamma: 0 },
  ],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'domain', rows: 20 });

describe('the penalty', () => {
  it('and its gradient are those of the whole Kronecker product', () => {
    tidied(() => {
      const [input, output] = [
        [
          [2, 0.5, 0],
          [0.5, 1, 0.25],
          [0, 0.25, 3],
        ],
        [
          [1, 0.5],
          [0.5, 2],
        ],
      ];
      const parameters = { 'head/kernel': tf.tensor2d([1, -2, 0.5, 3], [2, 2]), 'head/bias': tf.tensor1d([0.25, -1]) };
      const state = {
        precision: { head: { input: tf.tensor2d(input!), output: tf.tensor2d(output!) } },
        mean: { 'head/kernel': tf.tensor2d([0, 1, -1, 0], [2, 2]), 'head/bias': tf.tensor1d([0, 0.5]) },
      };
      const ctx = { model: mlp({ inputs: 2, hidden: [], outputs: 2 }) };
      const { loss, gradients } = valueAndGradients(
        (p) => ({ loss: ewcKfac({ lambda: 3 }).loss!({ ...ctx, parameters: p } as GraphContext, {} as never, state, null)!, aux: null }),
        parameters,
      );
      // Rows of the matrix, the bias last: as a vector, and 3 (input ⊗ output) times it.
      const distance = Matrix.columnVector([1, -3, 1.5, 3, 0.25, -1.5]);
      const slope = new Matrix(input!).kroneckerProduct(new Matrix(output!)).mmul(distance).mul(3).to1DArray();
      expectClose(plain(gradients), { 'head/kernel': [slope.slice(0, 2), slope.slice(2, 4)], 'head/bias': slope.slice(4) });
      expectClose(loss.dataSync()[0], Matrix.columnVector(slope).dot(distance) / 2);
    });
  });

  it('of weight zero is fine-tuning, bit for bit', async () => {
    const trial = { stream, optimizer: adam(0.01) };
    expect(await hashAfter({ ...trial, strategy: ewcKfac({ lambda: 0 }) })).toBe(await hashAfter(trial));
  });
});

type Precision = Readonly<Record<string, { readonly input: number[][]; readonly output: number[][] }>>;

/** What is kept after each task that is learned by standing still, so that the same task measures the same. */
async function precisions(options: Partial<EwcKfacOptions>): Promise<Matrix[]> {
  const { strategy, sights } = watched(ewcKfac({ lambda: 1, ...options }));
  const [task] = stream.tasks;
  const again = { ...stream, tasks: [0, 1, 2].map((index) => ({ ...task!, index })) };
  (await learned({ stream: again, optimizer: sgd(0), strategy })).dispose();
  return sights.map(({ state }) => {
    const { input, output } = (state.precision as Precision).dense0!;
    return new Matrix(input).kroneckerProduct(new Matrix(output));
  });
}

describe('the same task again and again', () => {
  it('counts each time as much as the first', async () => {
    const [one, two, three] = await precisions({});
    expectClose(two!.to2DArray(), Matrix.mul(one!, 2).to2DArray(), { abs: 1e-4, rel: 1e-3 });
    expectClose(three!.to2DArray(), Matrix.mul(one!, 3).to2DArray(), { abs: 1e-4, rel: 1e-3 });
  });

  it('counts its number squared by the additive rule', async () => {
    const [one, two, three] = await precisions({ sum: 'additive' });
    expectClose(two!.to2DArray(), Matrix.mul(one!, 4).to2DArray(), { abs: 1e-4, rel: 1e-3 });
    expectClose(three!.to2DArray(), Matrix.mul(one!, 9).to2DArray(), { abs: 1e-4, rel: 1e-3 });
  });

  it('counts 1 + γ + γ² times where the past fades, and once where it is forgotten', async () => {
    const [one, , three] = await precisions({ gamma: 0.5 });
    expectClose(three!.to2DArray(), Matrix.mul(one!, 1.75).to2DArray(), { abs: 1e-4, rel: 1e-3 });
    const [first, , last] = await precisions({ gamma: 0 });
    expectClose(last!.to2DArray(), first!.to2DArray());
  });
});
