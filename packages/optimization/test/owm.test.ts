import { adam, type Column, compose, Matrix, read, sgd, symmetricEigen, type TaskData } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { watched } from '../../../testing/watched.js';
import { replay } from '../../replay/src/index.js';
import { ncl, owm } from '../src/index.js';

strategyContract({
  create: (options) => owm(options),
  badOptions: [{ alpha: 0 }, { alpha: -1 }, { alpha: '1' }],
  goodOptions: [{ alpha: 1 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'domain', rows: 20 });
const inputsOf = ({ train }: Pick<TaskData, 'train'>) => read(train.x as Column);

/** What it keeps after each of three tasks. */
async function spaces(alpha: number) {
  const { strategy, sights } = watched(owm({ alpha }));
  (await learned({ stream, optimizer: sgd(0.1), strategy })).dispose();
  return sights.map(({ state }) => state.space as Record<'covariance' | 'projector', Record<string, number[][]>>);
}

describe('the projector', () => {
  it('is symmetric, shrinks every direction and turns none around', async () => {
    for (const { projector } of await spaces(0.01)) {
      for (const rows of Object.values(projector)) {
        const matrix = new Matrix(rows);
        expectClose(matrix.transpose().to2DArray(), rows);
        const { values } = symmetricEigen(matrix);
        expect(values[0]).toBeGreaterThan(0);
        expect(values.at(-1)).toBeLessThanOrEqual(1 + 1e-6);
      }
    }
  });

  it('leaves α / (α + mean square) of a direction', async () => {
    const [{ covariance, projector } = { covariance: {}, projector: {} }] = await spaces(0.1);
    for (const [name, rows] of Object.entries(covariance)) {
      const { values, vectors } = symmetricEigen(new Matrix(rows));
      const image = vectors.transpose().mmul(new Matrix(projector[name]!)).mmul(vectors);
      expectClose(
        image.diag(),
        values.map((value) => 0.1 / (0.1 + value)),
        { abs: 1e-4, rel: 1e-4 },
      );
    }
  });

  it('keeps the answers of a linear network to the inputs of the first task, however long it learns the second', async () => {
    // Two rows in seven dimensions, that of the bias included, so there is room left.
    const few = clouds({ scenario: 'domain', rows: 1 });
    const change = async (strategy: { strategy?: ReturnType<typeof owm> }) => {
      const trial = { stream: few, optimizer: adam(0.02), hidden: [], learn: { epochs: 40, batchSize: 2 }, ...strategy };
      const [one, two] = [await learned({ ...trial, tasks: 1 }), await learned({ ...trial, tasks: 2 })];
      const { values } = inputsOf(few.tasks[0]!);
      const far = tf.tidy(() => {
        const x = tf.tensor(values, [few.tasks[0]!.train.length, 6]);
        return tf.max(tf.abs(tf.sub(one.predict(x), two.predict(x)))).dataSync()[0]!;
      });
      one.dispose();
      two.dispose();
      return far;
    };
    expect(await change({ strategy: owm({ alpha: 1e-5 }) })).toBeLessThan(0.01);
    expect(await change({})).toBeGreaterThan(0.3);
  });
});

describe('steps', () => {
  it('with an α that is much larger than all inputs are those of the optimizer', async () => {
    const optimizer = sgd(0.1);
    expectClose(await weightsAfter({ stream, optimizer, strategy: owm({ alpha: 1e7 }) }), await weightsAfter({ stream, optimizer }));
  });

  it('of the first task are those of the optimizer, bit for bit', async () => {
    const first = { stream, optimizer: adam(0.01), tasks: 1 };
    expect(await hashAfter({ ...first, strategy: owm() })).toBe(await hashAfter(first));
  });

  it('on outputs of its own are those of the optimizer in the scenario task', async () => {
    const known = { stream: clouds({ scenario: 'task', rows: 20 }), optimizer: sgd(0.1), hidden: [] };
    expect(await hashAfter({ ...known, strategy: owm() })).toBe(await hashAfter(known));
  });

  it('are projected by the mean over tasks, each counting the same', async () => {
    const [first, second, third] = await spaces(0.01);
    const inputs = (part: typeof first) => part!.covariance.dense0!;
    // The corner is the mean of 1 over all examples; inputs of the first layer do not depend on training.
    for (const space of [first, second, third]) expect(inputs(space)[6]![6]).toBeCloseTo(1, 6);
    const own = stream.tasks.map(({ train }) => {
      return [...inputsOf({ train }).values].filter((_, i) => i % 6 === 0).reduce((sum, x) => sum + x * x, 0) / train.length;
    });
    expect(inputs(third)[0]![0]).toBeCloseTo(own.reduce((a, b) => a + b) / 3, 4);
  });
});

describe('beside other strategies', () => {
  it('replay: both act, the rows of the memory in the batch, the projection on the step', async () => {
    const trial = { stream, optimizer: sgd(0.1) };
    const memory = () => replay({ capacity: 20 });
    const replayed = await weightsAfter({ ...trial, strategy: memory() });
    // An α that leaves steps as they are: replay alone.
    expectClose(await weightsAfter({ ...trial, strategy: compose(memory(), owm({ alpha: 1e7 })) }), replayed);
    const [both, alone] = [{ strategy: compose(memory(), owm()) }, { strategy: owm() }];
    const hashes = [await hashAfter({ ...trial, ...both }), await hashAfter({ ...trial, ...alone }), await hashAfter(trial)];
    expect(new Set(hashes).size).toBe(3);
  });

  it('another owner of the direction is refused', () => {
    const parts = [owm(), ncl()] as unknown as [];
    expect(() => compose(...parts)).toThrow(expect.objectContaining({ code: 'CL_CONFLICT' }));
  });
});
