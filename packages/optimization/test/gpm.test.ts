import { adam, type Block, compose, type Learner, Matrix, readRows, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { plain, watched } from '../../../testing/watched.js';
import { replay } from '../../replay/src/index.js';
import { type GpmOptions, gpm } from '../src/index.js';
import { extended } from '../src/principal-directions.js';

strategyContract({
  create: (options) => gpm({ threshold: 0.9, ...options }),
  badOptions: [
    { threshold: 0 },
    { threshold: 1.1 },
    { increase: -0.1 },
    { increase: 1 },
    { examples: 0 },
    { asCoded: 'yes' },
    { on: 'loss' },
  ],
  goodOptions: [{ on: 'gradients' }, { asCoded: true }, { threshold: { dense0: 0.8, head: 0.95 } }, { examples: 3 }],
});

beforeAll(useCpu);

it('refuses a share that is none, and a layer that the model lacks', async () => {
  expect(() => gpm({ threshold: { dense0: 2 } })).toThrow(/threshold\.dense0 must be a number in \(0, 1\], received 2/);
  await expect(run({ threshold: { dense7: 0.9 } })).rejects.toThrow(/dense7/);
});

type Grid = readonly (readonly number[])[];
const eye = (size: number): number[][] => Matrix.eye(size, size).to2DArray();
const transposed = (rows: Grid): Matrix => new Matrix(rows as number[][]).transpose();

describe('the directions of a basis', () => {
  it('are the fewest that have the share; as coded, the first time one fewer', () => {
    // Energies 16, 9 and 4 of 29: with two directions 25 / 29 = 0.862.
    const rows = Matrix.diag([3, 4, 2]);
    const count = (share: number, asCoded = false) => extended(rows, null, share, asCoded)?.columns ?? 0;
    expect([0.5, 0.56, 0.86, 0.87, 1].map((share) => count(share))).toEqual([1, 2, 2, 3, 3]);
    expect([0.5, 0.56, 0.86, 0.87, 1].map((share) => count(share, true))).toEqual([0, 1, 1, 2, 2]);
    // The largest comes first.
    expectClose(
      extended(rows, null, 0.5, false)!
        .to2DArray()
        .map(([value]) => Math.abs(value!)),
      [0, 1, 0],
    );
  });

  it('are those that the basis lacks', () => {
    const first = Matrix.columnVector([0, 1, 0]);
    // 16 of 29 are covered; 9 more by the first axis.
    const next = extended(Matrix.diag([3, 4, 2]), first, 0.8, true)!;
    expectClose(next.mmul(next.transpose()).to2DArray(), [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
    // With enough covered, there are none.
    expect(extended(Matrix.diag([3, 4, 2]), first, 0.55, false)!.to2DArray()).toEqual(first.to2DArray());
    expect(extended(new Matrix([[0, 0]]), null, 0.9, false)).toBeNull();
  });

  const grid = fc.array(
    fc.array(
      fc.integer({ min: -64, max: 64 }).map((n) => n / 16),
      { minLength: 4, maxLength: 4 },
    ),
    { minLength: 1, maxLength: 7 },
  );

  test.prop([grid, grid, fc.double({ min: 0.1, max: 1, noNaN: true })])(
    'are orthonormal, cover the share and never exceed the rank',
    (first, second, share) => {
      let M: Matrix | null = null;
      for (const rows of [first, second]) {
        const before: number = M ? (M as Matrix).columns : 0;
        const R = new Matrix(rows);
        M = extended(R, M, share, false);
        if (!M) {
          expect(R.norm()).toBe(0);
          continue;
        }
        expect(M.columns).toBeGreaterThanOrEqual(before);
        expect(M.columns).toBeLessThanOrEqual(4);
        expectClose(M.transpose().mmul(M).to2DArray(), eye(M.columns), { abs: 1e-6, rel: 0 });
        const covered = R.mmul(M).norm() ** 2;
        expect(covered).toBeGreaterThanOrEqual((share - 1e-6) * R.norm() ** 2);
      }
    },
  );
});

const stream = clouds({ scenario: 'domain', rows: 20 });
interface State {
  readonly bases: Readonly<Record<string, Grid>>;
}

/** What is kept after each task, and the parameters then. */
async function run(options: GpmOptions, rest: Partial<Parameters<typeof learned>[0]> = {}) {
  const { strategy, sights } = watched(gpm(options));
  const learner = await learned({ stream, optimizer: sgd(0.1), strategy, ...rest });
  learner.dispose();
  return sights.filter(({ hook }) => hook === 'afterTask').map(({ state, parameters }) => ({ ...(state as State), parameters }));
}

describe('a step', () => {
  it.each([sgd(0.1), adam(0.02)])(
    'does not move what a layer answers to any direction that is kept, under any optimizer',
    async (optimizer) => {
      const after = await run({ threshold: 0.8, increase: 0 }, { optimizer });
      for (const t of [0, 1]) {
        const [old, now] = [after[t]!, after[t + 1]!];
        for (const [layer, basis] of Object.entries(old.bases)) {
          const matrix = ({ parameters }: typeof old) =>
            new Matrix([...(parameters[`${layer}/kernel`] as number[][]), parameters[`${layer}/bias`] as number[]]);
          const moved = Matrix.sub(matrix(now), matrix(old));
          expect(moved.norm()).toBeGreaterThan(1e-3);
          expect(transposed(basis).mmul(moved).norm()).toBeLessThan(1e-5 * (1 + moved.norm()));
        }
      }
    },
  );

  it('projected on gradients is that on updates, under plain SGD', async () => {
    const weights = (on: 'updates' | 'gradients') => weightsAfter({ stream, optimizer: sgd(0.1), strategy: gpm({ threshold: 0.8, on }) });
    expectClose(await weights('gradients'), await weights('updates'), { abs: 1e-5, rel: 1e-5 });
  });

  it('of the first task is that of fine-tuning, bit for bit', async () => {
    const first = { stream, optimizer: sgd(0.1), tasks: 1 };
    expect(await hashAfter({ ...first, strategy: gpm() })).toBe(await hashAfter(first));
  });
});

describe('with all of the energy kept', () => {
  const outputsFor = (learner: Learner, x: tf.Tensor) => {
    const outputs = learner.predict(x);
    const values = plain(outputs) as number[][];
    tf.dispose(outputs);
    return values;
  };

  it('the network answers to examples of the first task as it did', async () => {
    // 12 examples span 7 dimensions, the bias included, of 16: wide layers leave room to learn.
    const wide = clouds({ scenario: 'domain', rows: 6, inputs: 16, tasks: 2 });
    const options = { stream: wide, hidden: [40], optimizer: sgd(0.1), strategy: gpm({ threshold: 1, examples: 12 }) };
    const { values } = readRows(wide.tasks[0]!.train, [...Array(12).keys()], 0).x as Block;
    const x = tf.tensor2d(values as Float32Array, [12, 16]);
    const before = await learned({ ...options, tasks: 1 });
    const after = await learned(options);
    expectClose(outputsFor(after, x), outputsFor(before, x), { abs: 1e-4, rel: 1e-4 });
    const moved = await weightsAfter(options);
    expect(moved).not.toEqual(await weightsAfter({ ...options, tasks: 1 }));
    tf.dispose(x);
    before.dispose();
    after.dispose();
  });
});

describe('what is kept', () => {
  it('grows with the tasks, up to all of a layer', async () => {
    const after = await run({ threshold: 0.7, increase: 0.15 });
    // 6 inputs and a bias; 8 units and a bias.
    const sizes = after.map(({ bases }) => Object.values(bases).map((basis) => basis[0]!.length));
    for (const layer of [0, 1]) for (const t of [1, 2]) expect(sizes[t]![layer]).toBeGreaterThanOrEqual(sizes[t - 1]![layer]!);
    expect(sizes[2]).toEqual([7, expect.any(Number)]);
  });

  it('is more with a higher threshold, layer by layer', async () => {
    const bases = (await run({ threshold: { dense0: 0.3, others: 0.999 } }, { tasks: 1 }))[0]!.bases;
    const other = (await run({ threshold: { dense0: 0.999, head: 0.3 } }, { tasks: 1 }))[0]!.bases;
    expect(bases.dense0![0]!.length).toBeLessThan(other.dense0![0]!.length);
    expect(bases.head![0]!.length).toBeGreaterThan(other.head![0]!.length);
  });

  it("holds no outputs that are a task's own", async () => {
    // Tasks known: with everything of both layers kept, the head's columns of each task still learn.
    const known = clouds({ scenario: 'task', rows: 20 });
    const options = { stream: known, optimizer: sgd(0.1), strategy: gpm({ threshold: 1 }) };
    const [first, all] = [await weightsAfter({ ...options, tasks: 1 }), await weightsAfter(options)];
    expectClose(all['dense0/kernel'], first['dense0/kernel'], { abs: 1e-5, rel: 1e-5 });
    const column = (weights: typeof all, c: number) => (weights['head/kernel'] as number[][]).map((row) => row[c]!);
    expect(column(all, 2)).not.toEqual(column(first, 2));
    expect(column(all, 0)).toEqual(column(first, 0));
  });
});

it('beside replay, keeps its promise for the step of both', async () => {
  const { strategy, sights } = watched(gpm({ threshold: 0.8, increase: 0 }));
  const learner = await learned({ stream, optimizer: sgd(0.1), strategy: compose(replay({ capacity: 20 }), strategy), tasks: 2 });
  learner.dispose();
  const [old, now] = sights.filter(({ hook }) => hook === 'afterTask');
  const { bases } = old!.state as State;
  const kernel = (sight: typeof old) =>
    new Matrix([...(sight!.parameters['head/kernel'] as number[][]), sight!.parameters['head/bias'] as number[]]);
  const moved = Matrix.sub(kernel(now), kernel(old));
  expect(transposed(bases.head!).mmul(moved).norm()).toBeLessThan(1e-5);
});
