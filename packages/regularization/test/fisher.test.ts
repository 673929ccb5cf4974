import { column, dataset, Learner, random, regression, sgd } from '@cl/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { goldenTask, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned } from '../../../testing/toy.js';
import { mapNested, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { ewc, type Fisher } from '../src/index.js';

beforeAll(useCpu);

const FISHERS = ['exact', 'sample', 'empirical', 'predicted', 'batched', 'weighted'] as const satisfies readonly Fisher[];

describe('Fisher information', () => {
  /** What EWC measures with `model` where it stands, on rows. */
  async function measured(
    fisher: Fisher,
    rows: { x: number[][]; y: number[] },
    { batchSize = 4, hidden = [] }: { batchSize?: number; hidden?: readonly number[] } = {},
  ): Promise<Weights> {
    const { strategy, sights } = watched(ewc({ lambda: 1, fisher }));
    const learner = new Learner({
      model: mlp({ inputs: 3, hidden, outputs: 4 }),
      optimizer: sgd(0),
      scenario: 'domain',
      strategy,
      seed: 5,
    });
    await learner.learn(goldenTask(0, [0, 1, 2, 3], rows), { batchSize });
    learner.dispose();
    return sights[0]!.state.penalty.precision;
  }

  const draws = random(2, 'rows');
  const x = Array.from({ length: 10 }, () => [draws.normal(), draws.normal(), draws.normal()].map(Math.fround));
  const y = Array.from({ length: 10 }, () => draws.integer(4));

  it('of softmax regression is the mean of p (1 − p) x²', async () => {
    const model = mlp({ inputs: 3, hidden: [], outputs: 4 });
    const { strategy, sights } = watched(ewc({ lambda: 1 }));
    const learner = new Learner({ model, optimizer: sgd(0), scenario: 'domain', strategy, seed: 5 });
    await learner.learn(goldenTask(0, [0, 1, 2, 3], { x, y }), { batchSize: 4 });
    learner.dispose();
    const { parameters, state } = sights[0]!;
    const [kernel, bias] = [parameters['head/kernel'] as number[][], parameters['head/bias'] as number[]];
    const variances = x.map((row) => {
      const exps = bias.map((b, c) => Math.exp(b + row.reduce((sum, value, i) => sum + value * kernel[i]![c]!, 0)));
      const all = exps.reduce((a, b) => a + b);
      return exps.map((e) => (e / all) * (1 - e / all));
    });
    const mean = (f: (n: number) => number) => x.map((_, n) => f(n)).reduce((a, b) => a + b) / x.length;
    expectClose(state.penalty.precision, {
      'head/kernel': [0, 1, 2].map((i) => [0, 1, 2, 3].map((c) => mean((n) => variances[n]![c]! * x[n]![i]! ** 2))),
      'head/bias': [0, 1, 2, 3].map((c) => mean((n) => variances[n]![c]!)),
    });
  });

  it.each(FISHERS)('%s: is not negative, and does not depend on the order of rows', async (fisher) => {
    const order = [3, 0, 9, 5, 1, 8, 2, 7, 6, 4];
    const options = { hidden: [5], batchSize: x.length };
    const one = await measured(fisher, { x, y }, options);
    const other = await measured(fisher, { x: order.map((i) => x[i]!), y: order.map((i) => y[i]!) }, options);
    mapNested((value) => expect(value).toBeGreaterThanOrEqual(0) as unknown as number, one);
    // A label that is drawn for a row goes by the row's place.
    if (fisher !== 'sample') expectClose(other, one, { abs: 1e-6, rel: 1e-5 });
  });

  it.each(FISHERS.filter((fisher) => fisher !== 'batched' && fisher !== 'sample'))(
    '%s: does not depend on the size of batches',
    async (fisher) => {
      const whole = await measured(fisher, { x, y }, { hidden: [5], batchSize: 10 });
      expectClose(await measured(fisher, { x, y }, { hidden: [5], batchSize: 3 }), whole, { abs: 1e-6, rel: 1e-5 });
    },
  );

  it('of labels drawn many times is the exact one', async () => {
    const many = Array.from({ length: 300 }, () => x).flat();
    const drawn = await measured('sample', { x: many, y: many.map((_, n) => y[n % 10]!) }, { batchSize: 500 });
    expectClose(drawn, await measured('exact', { x, y }), { abs: 0.03, rel: 0.1 });
  });

  it('of outputs that do not compete yet is 0, so that nothing holds them', async () => {
    const { strategy, sights } = watched(ewc({ lambda: 1 }));
    const learner = await learned({ stream: clouds({ scenario: 'class' }), optimizer: sgd(0.1), strategy, tasks: 2 });
    learner.dispose();
    const biases = sights.map(({ state }) => state.penalty.precision['head/bias'] as number[]);
    expect(biases[0]!.slice(2)).toEqual([0, 0, 0, 0]);
    expect(biases[1]!.slice(4)).toEqual([0, 0]);
    expect(Math.min(...biases[1]!.slice(0, 4))).toBeGreaterThan(0);
  });

  it.each(FISHERS)('%s: of a regression is there for batched only; the others say so', async (fisher) => {
    const targets = column(Float32Array.from(x.flat()), [3]);
    const data = dataset(targets, targets);
    const task = { index: 0, name: 'regression', classes: [0, 1, 2], train: data, test: data };
    const model = mlp({ inputs: 3, hidden: [4], outputs: 3 });
    const learner = new Learner({
      model,
      optimizer: sgd(0.1),
      scenario: 'domain',
      objective: regression(),
      strategy: ewc({ lambda: 1, fisher }),
    });
    const learning = learner.learn(task, { batchSize: 5 });
    if (fisher === 'batched') await learning;
    else
      await expect(learning).rejects.toMatchObject({ code: 'CL_REQUIREMENT', message: expect.stringContaining("Use fisher: 'batched'.") });
    learner.dispose();
  });
});
