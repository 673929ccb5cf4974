import { adam, type GraphContext, kroneckerSum, Matrix, momentum, sgd, symmetricEigen, valueAndGradients } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned, weightsAfter } from '../../../testing/toy.js';
import { type Nested, plain, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type NclOptions, ncl } from '../src/index.js';

strategyContract({
  create: (options) => ncl(options),
  changesFirstTask: true,
  badOptions: [
    { dataSize: 0 },
    { dataSize: 1.5 },
    { lambda: -1 },
    { damping: -1 },
    { sum: 'exact' },
    { fisher: 'weighted' },
    { prior: 'last' },
    { radius: 0 },
    { radius: -1 },
  ],
  goodOptions: [
    { dataSize: 50, prior: 'initial', sum: 'additive', fisher: 'exact', radius: 0.1, damping: 0, lambda: 0 },
    { fisher: 'empirical', sum: 'nearest' },
  ],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'domain', rows: 20 });

describe('the first task', () => {
  const first = { stream, tasks: 1 };

  it('without pull and damping is that of the optimizer: the prior undoes the division by N', async () => {
    for (const optimizer of [momentum(0.05), adam(0.01)]) {
      const plainly = await weightsAfter({ ...first, optimizer });
      for (const dataSize of [10, 5000])
        expectClose(await weightsAfter({ ...first, optimizer, strategy: ncl({ dataSize, lambda: 0, damping: 0 }) }), plainly);
    }
  });

  it('is pulled to 0 as by weight decay of 1 / N, or not pulled away from where it begins', async () => {
    const options = { dataSize: 20, damping: 0 };
    const decayed = await weightsAfter({ ...first, optimizer: sgd({ learningRate: 0.1, weightDecay: 1 / 20 }) });
    expectClose(await weightsAfter({ ...first, optimizer: sgd(0.1), strategy: ncl(options) }), decayed);
    const still = { ...first, learn: { epochs: 1, batchSize: 40 } };
    expectClose(
      await weightsAfter({ ...still, optimizer: sgd(0.1), strategy: ncl({ ...options, prior: 'initial' }) }),
      await weightsAfter({ ...still, optimizer: sgd(0.1) }),
    );
  });

  it('with damping α takes steps that are shorter by 1 / (1 + α √N)²', async () => {
    const [rate, dataSize, damping] = [0.1, 400, 0.01];
    const shorter = await weightsAfter({ ...first, optimizer: sgd(rate / (1 + damping * Math.sqrt(dataSize)) ** 2) });
    expectClose(await weightsAfter({ ...first, optimizer: sgd(rate), strategy: ncl({ dataSize, damping, lambda: 0 }) }), shorter);
  });

  it('takes N from the task where it is not given', async () => {
    const optimizer = sgd(0.1);
    const given = await weightsAfter({ stream, optimizer, strategy: ncl({ dataSize: 40 }) });
    expect(await weightsAfter({ stream, optimizer, strategy: ncl() })).toEqual(given);
  });
});

type Sight = Readonly<Record<string, { readonly input: number[][]; readonly output: number[][] }>>;

/** What it believes after each of three tasks, and what it had measured. */
async function beliefs(options: NclOptions = {}) {
  const { strategy, sights } = watched(ncl({ fisher: 'exact', ...options }));
  (await learned({ stream, optimizer: momentum(0.02), strategy })).dispose();
  return sights.filter(({ hook }) => hook === 'afterTask');
}

describe('what is believed after a task', () => {
  it('is the sum of what was and of the Fisher information, with positive eigenvalues', async () => {
    for (const sum of ['kl', 'additive'] as const) {
      const after = await beliefs({ sum });
      for (const [t, { state, summary }] of after.entries()) {
        for (const [name, { input, output }] of Object.entries(state.belief.precision as Sight)) {
          const now = { input: new Matrix(input), output: new Matrix(output) };
          for (const factor of Object.values(now)) expect(symmetricEigen(factor).values[0]).toBeGreaterThan(0);
          const factors = summary.factors[name];
          const own = { input: new Matrix(factors.input).div(summary.rows), output: new Matrix(factors.output).div(summary.rows) };
          const side = (size: number) => Matrix.eye(size, size).div(Math.sqrt(40));
          const before = t === 0 ? null : (after[t - 1]!.state.belief.precision as Sight)[name]!;
          const old = before
            ? { input: new Matrix(before.input), output: new Matrix(before.output) }
            : { input: side(input.length), output: side(output.length) };
          const expected = kroneckerSum(old, own, sum);
          const product = (k: typeof now) => k.input.kroneckerProduct(k.output).to2DArray();
          expectClose(product(now), product(expected), { abs: 1e-4, rel: 1e-4 });
        }
      }
    }
  });

  it('has the parameters at the end of the task as its mean', async () => {
    for (const { state, parameters } of await beliefs()) expect(state.belief.mean).toEqual(parameters);
  });
});

/** Hooks in the second task of a network of one layer, [2 inputs and the bias, 2 outputs], whose belief is given. */
function inTask(options: NclOptions, input: number[][], output: number[][], rows: number) {
  const model = mlp({ inputs: 2, hidden: [], outputs: 2 });
  const strategy = ncl({ dataSize: rows, ...options });
  const parameters = { 'head/kernel': tf.tensor2d([1, -2, 0.5, 3], [2, 2]), 'head/bias': tf.tensor1d([0.25, -1]) };
  const ctx = { model, parameters, head: new Set(['head/kernel', 'head/bias']), scenario: 'domain', past: [], task: { classes: [] } };
  const belief = {
    precision: { head: { input: tf.tensor2d(input), output: tf.tensor2d(output) } },
    mean: { 'head/kernel': tf.tensor2d([0, 1, -1, 0], [2, 2]), 'head/bias': tf.tensor1d([0, 0.5]) },
  };
  const state = strategy.beforeTask!(ctx as never, { rows, belief, inverse: null });
  return { strategy, ctx: ctx as unknown as GraphContext, parameters, belief, state };
}

const [L, R] = [
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

/** In the order of rows, then columns, as in (input ⊗ output). */
const vector = (tensors: Record<string, Nested>): number[] => [
  ...(tensors['head/kernel'] as number[][]).flat(),
  ...(tensors['head/bias'] as number[]),
];

describe('a step, against the whole matrix of 6 × 6', () => {
  const whole = new Matrix(L!).kroneckerProduct(new Matrix(R!));

  it('the pull is λ/2 vᵀΛv per example, with the gradient λ Λ v', () => {
    tidied(() => {
      const { strategy, ctx, parameters, state } = inTask({ lambda: 3 }, L!, R!, 10);
      const { loss, gradients } = valueAndGradients(
        (p) => ({ loss: strategy.loss!({ ...ctx, parameters: p }, {} as never, state, null)!, aux: null }),
        parameters,
      );
      const distance = Matrix.columnVector([1, -3, 1.5, 3, 0.25, -1.5]);
      const slope = whole.mmul(distance).mul(3);
      expectClose(vector(plain(gradients) as Record<string, Nested>), slope.to1DArray());
      expectClose(loss.dataSync()[0], slope.dot(distance) / 2);
    });
  });

  it('what the optimizer proposes is multiplied by (N Λ)⁻¹', () => {
    tidied(() => {
      const { strategy, ctx, parameters, state } = inTask({ damping: 0 }, L!, R!, 10);
      const step = strategy.updates!(ctx, parameters, state, null, parameters);
      const proposed = Matrix.columnVector([1, -2, 0.5, 3, 0.25, -1]);
      expectClose(
        whole
          .clone()
          .mul(10)
          .mmul(Matrix.columnVector(vector(plain(step) as Record<string, Nested>)))
          .to1DArray(),
        proposed.to1DArray(),
      );
    });
  });

  it('does not depend on how the precision is divided among its factors', () => {
    tidied(() => {
      const steps = [1, 1024].map((factor) => {
        const scaled = (rows: number[][], by: number) => rows.map((row) => row.map((value) => value * by));
        const { strategy, ctx, parameters, state } = inTask({ damping: 0.1 }, scaled(L!, factor), scaled(R!, 1 / factor), 10);
        return plain(strategy.updates!(ctx, parameters, state, null, parameters));
      });
      expectClose(steps[1], steps[0]);
    });
  });

  it('with a radius is no longer than that in the norm of Λ, and keeps its direction; a shorter one stays', () => {
    tidied(() => {
      const stepOf = (options: NclOptions) => {
        const { strategy, ctx, parameters, state } = inTask({ damping: 0, ...options }, L!, R!, 10);
        return vector(plain(strategy.updates!(ctx, parameters, state, null, parameters)) as Record<string, Nested>);
      };
      const length = (step: number[]) => {
        const column = Matrix.columnVector(step);
        return Math.sqrt(10 * whole.mmul(column).dot(column));
      };
      const free = stepOf({});
      const held = stepOf({ radius: 0.5 });
      expect(length(free)).toBeGreaterThan(0.5);
      expect(length(held)).toBeCloseTo(0.5, 5);
      expectClose(
        held,
        free.map((value) => (value * 0.5) / length(free)),
      );
      expectClose(stepOf({ radius: 2 * length(free) }), free);
    });
  });

  it('a step of zero stays zero under a radius', () => {
    tidied(() => {
      const { strategy, ctx, parameters, state } = inTask({ radius: 1 }, L!, R!, 10);
      const zero = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, tf.zerosLike(value)]));
      expect(vector(plain(strategy.updates!(ctx, zero, state, null, zero)) as Record<string, Nested>).every((value) => value === 0)).toBe(
        true,
      );
    });
  });

  it('goes to the minimum of both losses where they are quadratic and Λ is the curvature of the first', () => {
    // H1 = diag(2, 1) with its minimum at (1, 2); H2 = [[1, .5], [.5, 3]] with its minimum at (−1, 0). (H1 + H2) θ = H1 θ1 + H2 θ2 at
    // (.2765957, .3404255). One row of the layer's matrix, so that the precision is any matrix: output.
    tidied(() => {
      const model = { ...mlp({ inputs: 1, hidden: [], outputs: 2 }) };
      const strategy = ncl({ dataSize: 1, damping: 0 });
      const mean = { 'head/kernel': tf.tensor2d([[1, 2]]), 'head/bias': tf.tensor1d([0, 0]) };
      const precision = { head: { input: tf.eye(2), output: tf.tensor2d([2, 0, 0, 1], [2, 2]) } };
      const ctx = { model, head: new Set(['head/kernel']), scenario: 'domain', past: [], task: { classes: [] } };
      const state = strategy.beforeTask!({ ...ctx, parameters: mean } as never, { rows: 1, belief: { precision, mean }, inverse: null });
      let at: tf.NamedTensorMap = mean;
      for (let step = 0; step < 400; step++) {
        const { gradients } = valueAndGradients((p) => {
          const v = tf.sub(p['head/kernel']!, tf.tensor2d([[-1, 0]])) as tf.Tensor2D;
          const own = tf.mul(0.5, tf.sum(tf.mul(v, tf.matMul(v, tf.tensor2d([1, 0.5, 0.5, 3], [2, 2])))));
          const pull = strategy.loss!({ ...ctx, parameters: p } as never, {} as never, state, null)!;
          return { loss: tf.add(own, pull), aux: null };
        }, at);
        const proposed = Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, tf.mul(-0.05, g)]));
        const step = strategy.updates!(ctx as never, proposed, state, null, gradients);
        at = Object.fromEntries(Object.entries(at).map(([name, value]) => [name, tf.add(value, step[name]!)]));
      }
      expectClose([...at['head/kernel']!.dataSync()], [0.2765957, 0.3404255]);
    });
  });
});

describe('outputs that no other task has', () => {
  it('are trained as they are in the scenario task, and those of earlier tasks stay', async () => {
    const known = clouds({ scenario: 'task', rows: 20 });
    const optimizer = sgd(0.1);
    const strategy = ncl({ lambda: 0, damping: 0 });
    const two = await weightsAfter({ stream: known, optimizer, strategy, tasks: 2, hidden: [] });
    expectClose(two, await weightsAfter({ stream: known, optimizer, tasks: 2, hidden: [] }));
  });
});

describe('outputs that came with a later task', () => {
  it('begin with the precision of the prior, 1 / N in the mean over inputs, and leave the others as they were', () => {
    tidied(() => {
      const model = mlp({ inputs: 2, hidden: [], outputs: 4 });
      const mean = { 'head/kernel': tf.zeros([2, 4]), 'head/bias': tf.zeros([4]) };
      const precision = { head: { input: tf.tensor2d(L!), output: tf.tensor2d(R!) } };
      const ctx = {
        model,
        parameters: mean,
        head: new Set(['head/kernel', 'head/bias']),
        scenario: 'class',
        past: [],
        task: { classes: [] },
      };
      const { belief } = ncl().beforeTask!(ctx as never, { rows: 10, belief: { precision, mean }, inverse: null });
      // Eigenvalues of the inputs' factor are 2 in the mean, (2 + 1 + 3) / 3.
      expectClose(plain(belief!.precision.head!.output), [
        [1, 0.5, 0, 0],
        [0.5, 2, 0, 0],
        [0, 0, 0.05, 0],
        [0, 0, 0, 0.05],
      ]);
      expectClose(plain(belief!.precision.head!.input), L);
    });
  });
});
