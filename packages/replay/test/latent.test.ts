import { compose, type Memory, type Model, type Rows, sgd, type TaskData } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { taken, tidied } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { agem } from '../../optimization/src/index.js';
import { ewc } from '../../regularization/src/index.js';
import { type LatentOptions, latent } from '../src/index.js';

strategyContract({
  create: (options) => latent({ capacity: 12, ...options }),
  badOptions: [
    { site: 3 },
    { capacity: 0 },
    { capacity: undefined },
    { rate: -0.1 },
    { rate: 1.5 },
    { batchSize: 0.5 },
    { weighting: 'row' },
  ],
  goodOptions: [{ site: 'dense0' }, { site: 'dense0/input' }, { rate: 0.1 }, { batchSize: 3 }, { batchSize: 20 }, { weighting: 'tasks' }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', rows: 20 });
const optimizer = sgd(0.1);

/** The strategy, and the memory that it holds after each task, as rows. */
function remembering(options: LatentOptions) {
  const own = latent(options);
  const memories: Rows[] = [];
  const afterTask: NonNullable<typeof own.afterTask> = (ctx, state, summary) => {
    const next = own.afterTask!(ctx, state, summary);
    memories.push((next.memory as Memory).all()!);
    return next;
  };
  return { strategy: { ...own, afterTask }, memories };
}

const model = mlp({ inputs: 6, hidden: [8], outputs: 6 });

/** Activations of inputs at a site. */
function activations(net: Model, parameters: tf.NamedTensorMap, x: tf.Tensor, name: string): number[][] {
  return tidied(() => {
    let found!: tf.Tensor;
    net.apply(parameters, x, {
      at: (site, value) => {
        if (site.name === name) found = value;
        return value;
      },
    });
    return found.arraySync() as number[][];
  });
}

/** All inputs of some tasks. */
function inputsOf(tasks: readonly TaskData[]): number[][] {
  return tasks.flatMap(({ train }) => {
    const values = new Float32Array(train.length * 6);
    (train.x as { gather(rows: Int32Array, into: Float32Array, at: number): void }).gather(
      Int32Array.from({ length: train.length }, (_, i) => i),
      values,
      0,
    );
    return Array.from({ length: train.length }, (_, i) => [...values.subarray(6 * i, 6 * i + 6)]);
  });
}

const rowsOf = ({ x, count }: Rows): number[][] => {
  const { values, shape } = x as { values: Float32Array; shape: readonly number[] };
  return Array.from({ length: count }, (_, i) => [...values.subarray(shape[0]! * i, shape[0]! * (i + 1))]);
};

describe('the memory', () => {
  it('holds an equal share of each task, and never more than it may', async () => {
    const { strategy, memories } = remembering({ capacity: 12 });
    (await learned({ stream, optimizer, strategy })).dispose();
    const counts = memories.map(({ task }) => [0, 1, 2].map((t) => task.filter((index) => index === t).length));
    expect(counts[0]).toEqual([12, 0, 0]);
    expect(counts[1]).toEqual([6, 6, 0]);
    // The third task's four rows take the place of random ones.
    expect(counts[2]![2]).toBe(4);
    expect(counts[2]![0]! + counts[2]![1]!).toBe(8);
  });

  it('takes all of a task that has no more, different rows, with their labels', async () => {
    const { strategy, memories } = remembering({ capacity: 500, site: 'dense0/input' });
    (await learned({ stream, optimizer, strategy })).dispose();
    const last = memories[2]!;
    expect(last.count).toBe(120);
    expect(new Set(rowsOf(last).map(String)).size).toBe(120);
    for (let i = 0; i < last.count; i++) expect(Math.floor((last.y.values as Int32Array)[i]! / 2)).toBe(last.task[i]);
  });

  it('holds the inputs themselves at the first site, so that it is plain replay there', async () => {
    const { strategy, memories } = remembering({ capacity: 12, site: 'dense0/input' });
    (await learned({ stream, optimizer, strategy })).dispose();
    const known = new Set(inputsOf(stream.tasks).map(String));
    for (const row of rowsOf(memories[2]!)) expect(known).toContain(String(row));
  });

  it('holds what the network makes of its inputs to the end, as the layers below stand still', async () => {
    const { strategy, memories } = remembering({ capacity: 30, site: 'dense0' });
    const learner = await learned({ stream, optimizer, strategy });
    const parameters = learner.parameters();
    const now = activations(model, parameters, tf.tensor2d(inputsOf(stream.tasks)), 'dense0');
    tf.dispose(parameters);
    learner.dispose();
    for (const stored of rowsOf(memories[2]!)) {
      const nearest = Math.min(...now.map((row) => Math.max(...row.map((value, i) => Math.abs(value - stored[i]!)))));
      expect(nearest).toBeLessThan(1e-6);
    }
  });

  it('ages where they do not', async () => {
    const { strategy, memories } = remembering({ capacity: 30, site: 'dense0', rate: 1 });
    const learner = await learned({ stream, optimizer, strategy });
    const parameters = learner.parameters();
    const now = activations(model, parameters, tf.tensor2d(inputsOf(stream.tasks)), 'dense0');
    tf.dispose(parameters);
    learner.dispose();
    const first = rowsOf(memories[2]!).filter((_, i) => memories[2]!.task[i] === 0);
    const distances = first.map((stored) =>
      Math.min(...now.map((row) => Math.max(...row.map((value, i) => Math.abs(value - stored[i]!))))),
    );
    expect(Math.max(...distances)).toBeGreaterThan(1e-3);
  });
});

describe('in training', () => {
  const weights = (options: LatentOptions, tasks: number) => weightsAfter({ stream, optimizer, tasks, strategy: latent(options) });

  it('the first task is plain training, bit for bit', async () => {
    const first = { stream, optimizer, tasks: 1 };
    expect(await hashAfter({ ...first, strategy: latent({ capacity: 12 }) })).toBe(await hashAfter(first));
  });

  it('what lies below the site stands still after it, bit for bit; what lies above learns', async () => {
    const options = { capacity: 12, site: 'dense0' };
    const [before, after] = [await weights(options, 1), await weights(options, 3)];
    expect(after['dense0/kernel']).toEqual(before['dense0/kernel']);
    expect(after['dense0/bias']).toEqual(before['dense0/bias']);
    expect(after['head/kernel']).not.toEqual(before['head/kernel']);
  });

  it('or takes steps that are smaller by a factor', async () => {
    const moved = async (rate: number) => {
      const run = async (iterations: number) => {
        const learner = await learned({ stream, optimizer, strategy: latent({ capacity: 12, rate }), tasks: 1 });
        await learner.learn(stream.tasks[1]!, { iterations, batchSize: 8 });
        const end = taken(learner.parameters());
        learner.dispose();
        return end['dense0/bias'] as number[];
      };
      const start = (await weights({ capacity: 12 }, 1))['dense0/bias'] as number[];
      return (await run(1)).map((value, i) => value - start[i]!);
    };
    const [whole, tenth] = [await moved(1), await moved(0.1)];
    expect(Math.max(...whole.map(Math.abs))).toBeGreaterThan(1e-4);
    expectClose(
      tenth,
      whole.map((value) => value / 10),
      { abs: 1e-6, rel: 1e-4 },
    );
  });

  it('replaying activations of frozen layers is replaying the inputs that they came from', async () => {
    // The same draws at both sites: with what lies below frozen by hand, the two must agree.
    const frozen = async (site: string) => {
      const own = latent({ capacity: 12, site });
      const strategy = {
        ...own,
        trains: ({ past }: { past: readonly unknown[] }, name: string) => past.length === 0 || !name.startsWith('dense0'),
      };
      return weightsAfter({ stream, optimizer, strategy });
    };
    expectClose(await frozen('dense0/input'), await frozen('dense0'), { abs: 1e-6, rel: 1e-5 });
    expectClose(await frozen('features'), await frozen('dense0'), { abs: 1e-6, rel: 1e-5 });
  });

  it('weighs replayed rows like others, or by the number of tasks', async () => {
    // With as many replayed rows as new ones, in the second task both are halves.
    const run = (weighting: 'rows' | 'tasks', tasks: number) =>
      weightsAfter({ stream, optimizer, tasks, strategy: latent({ capacity: 16, weighting }), learn: { epochs: 1, batchSize: 8 } });
    expectClose(await run('tasks', 2), await run('rows', 2), { abs: 1e-6, rel: 1e-5 });
    expect(await run('tasks', 3)).not.toEqual(await run('rows', 3));
  });

  it('refuses a site that the model does not have, with the one that was meant', async () => {
    await expect(learned({ stream, optimizer, strategy: latent({ capacity: 12, site: 'dense9' }) })).rejects.toThrow(/site/);
  });

  it('composes: a penalty of weight 0 changes nothing; a projection beside it cannot move what is frozen', async () => {
    const options = { capacity: 12, site: 'dense0' };
    const alone = await hashAfter({ stream, optimizer, strategy: latent(options) });
    expect(await hashAfter({ stream, optimizer, strategy: compose(ewc({ lambda: 0 }), latent(options)) })).toBe(alone);
    const both = () => compose(latent(options), agem({ capacity: 20, sample: 8 }));
    const [before, after] = [
      await weightsAfter({ stream, optimizer, tasks: 1, strategy: both() }),
      await weightsAfter({ stream, optimizer, strategy: both() }),
    ];
    expect(after['dense0/kernel']).toEqual(before['dense0/kernel']);
  });
});
