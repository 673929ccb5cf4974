import { type Batch, type GraphContext, type Memory, reservoir, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { plain, tidied } from '../../../testing/watched.js';
import { erAce } from '../src/index.js';

strategyContract({
  create: (options) => erAce({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 0 }, { capacity: undefined, perClass: 0.5 }, { capacity: undefined, perTask: -1 }, { batchSize: 0 }],
  goodOptions: [{ batchSize: 3 }, { capacity: undefined, perClass: 2 }],
});

beforeAll(useCpu);

const optimizer = sgd(0.1);
const ctx = { model: { outputs: 4 } } as GraphContext;

const batch = (labels: number[], weight: number[], competing: number[][] | null): Batch => ({
  x: tf.tensor2d(labels.map((label) => [label])),
  y: tf.tensor1d(labels, 'int32'),
  weight: tf.tensor1d(weight),
  competing: competing && tf.tensor2d(competing),
  extra: {},
});
const competingIn = (one: Batch) => tidied(() => plain(erAce({ capacity: 1 }).batch!(ctx, one, null as never, null).competing));

describe('the rows of the stream compete', () => {
  it('among the classes of the batch only, whatever else has been seen', () => {
    const seen = [1, 1, 1, 0];
    expect(competingIn(batch([2, 1, 2], [1, 1, 1], [seen, seen, seen]))).toEqual([
      [0, 1, 1, 0],
      [0, 1, 1, 0],
      [0, 1, 1, 0],
    ]);
    expect(competingIn(batch([3, 0], [1, 1], null))).toEqual([
      [1, 0, 0, 1],
      [1, 0, 0, 1],
    ]);
  });

  it('without the class that padding seems to have', () => {
    expect(competingIn(batch([2, 1, 0], [1, 1, 0], null))).toEqual(Array.from({ length: 3 }, () => [0, 1, 1, 0]));
  });

  it('but not with classes of other tasks, where the task is known', () => {
    const [first, second] = [
      [1, 1, 0, 0],
      [0, 0, 1, 1],
    ];
    expect(competingIn(batch([0, 2], [1, 1], [first!, second!]))).toEqual([
      [1, 0, 0, 0],
      [0, 0, 1, 0],
    ]);
  });

  it('and must have class numbers', () => {
    tidied(() => {
      const values = { ...batch([1], [1], null), y: tf.tensor2d([[0.5]]) };
      expect(() => erAce({ capacity: 1 }).batch!(ctx, values, null as never, null)).toThrow(
        /class numbers .* received float32 of shape \[1,1\]/,
      );
    });
  });
});

describe('in training', () => {
  const stream = clouds({ scenario: 'class', rows: 20 });
  /** A memory that stays empty. */
  const memory = () => Object.assign(Object.create(reservoir({ capacity: 1 })) as Memory, { add: () => undefined });

  it('new rows leave the outputs of old classes alone', async () => {
    const heads = async (tasks: number) =>
      (await weightsAfter({ stream, optimizer, tasks, strategy: erAce({ memory }) }))['head/bias'] as number[];
    const [after1, after2] = [await heads(1), await heads(2)];
    expect(after2.slice(0, 2)).toEqual(after1.slice(0, 2));
    expect(after2.slice(2, 4)).not.toEqual(after1.slice(2, 4));
  });

  it('without a memory, where every batch has all classes of its task, it is fine-tuning in the scenario task, bit for bit', async () => {
    const known = { stream: clouds({ scenario: 'task', rows: 20 }), optimizer, learn: { epochs: 2, batchSize: 20 } };
    expect(await hashAfter({ ...known, strategy: erAce({ memory }) })).toBe(await hashAfter(known));
    expect(await hashAfter({ ...known, strategy: erAce({ capacity: 30 }) })).not.toBe(await hashAfter(known));
  });

  it('replayed rows compete with all classes seen, and weigh as much as those of the stream', async () => {
    const masks: number[][][] = [];
    const own = erAce({ capacity: 30 });
    const terms: number[][] = [];
    const loss: NonNullable<typeof own.loss> = (context, forward, state, drawn) => {
      const term = own.loss!(context, forward, state, drawn);
      if (drawn) {
        masks.push(plain(drawn.competing) as number[][]);
        terms.push([term!.dataSync()[0]!, context.loss(context.forward(drawn.x), drawn).dataSync()[0]!]);
      }
      return term;
    };
    const learner = await learned({ stream, optimizer, strategy: { ...own, loss }, tasks: 2 });
    learner.dispose();
    // Ten steps a task, of which the first has nothing to replay.
    expect(masks).toHaveLength(19);
    for (const row of masks.slice(9).flat()) expect(row).toEqual([1, 1, 1, 1, 0, 0]);
    for (const [term, mean] of terms) expect(term).toBe(mean);
  });
});
