import { type Memory, momentum, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { tidied } from '../../../testing/watched.js';
import { restarts } from '../src/gdumb.js';
import { gdumb } from '../src/index.js';

strategyContract({
  create: (options) => gdumb({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 0 }, { schedule: 'cosine' }, { floor: 2 }, { clip: 0 }],
  goodOptions: [{ schedule: 'optimizer' }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', rows: 20 });
const optimizer = sgd(0.1);

describe('the memory', () => {
  const held = async (capacity: number): Promise<Memory[]> => {
    const own = gdumb({ capacity });
    const seen: Memory[] = [];
    const strategy: typeof own = {
      ...own,
      init(info) {
        const state = own.init(info);
        seen.push(state.memory);
        return state;
      },
    };
    const learner = await learned({ stream, optimizer, strategy });
    learner.dispose();
    return seen;
  };

  it('holds as many of each class as of any other, each example once, however many epochs', async () => {
    const [memory] = await held(18);
    const labels = [...memory!.labels()];
    for (let label = 0; label < 6; label++) expect(labels.filter((each) => each === label)).toHaveLength(3);
    const marks = Array.from({ length: 18 }, (_, i) => (memory!.all()!.x as { values: Float32Array }).values[6 * i]);
    expect(new Set(marks).size).toBe(18);
  });

  it('holds all where there is room', async () => {
    expect((await held(500))[0]!.size).toBe(120);
  });
});

describe('the network', () => {
  it('learns from the memory alone, from where the learner began: what a task before it did is gone', async () => {
    // With a memory of all examples of the second task only, the first leaves nothing behind but rows.
    const begins: unknown[] = [];
    const own = gdumb({ capacity: 12 });
    const strategy: typeof own = {
      ...own,
      batch(ctx, batch, state, drawn) {
        if (ctx.step.dataSync()[0]! % 10 === 0) begins.push(ctx.parameters['dense0/kernel']!.arraySync());
        expect(drawn).not.toBeNull();
        return own.batch!(ctx, batch, state, drawn);
      },
    };
    const learner = await learned({ stream, optimizer: momentum(0.1), strategy, learn: { epochs: 2, batchSize: 8 } });
    learner.dispose();
    const start = await weightsAfter({ stream, optimizer, tasks: 0 });
    expect(begins).toHaveLength(3);
    for (const kernel of begins) expect(kernel).toEqual(start['dense0/kernel']);
  });

  it('does not see the rows that the stream brings: their order changes nothing', async () => {
    const run = (epochs: number, batchSize: number) =>
      hashAfter({ stream, optimizer, strategy: gdumb({ capacity: 8 }), learn: { epochs, batchSize }, tasks: 1 });
    // 40 rows: as many steps on the same draws of 8 rows, all of the memory, whatever the stream's batches are.
    const all = async (iterations: number, batchSize: number) =>
      hashAfter({ stream, optimizer, strategy: gdumb({ capacity: 8 }), learn: { iterations, batchSize }, tasks: 1 });
    expect(await all(10, 8)).toBe(await all(10, 8));
    expect(await run(2, 8)).toBe(await all(10, 8));
  });

  it('takes gradients no longer than the clip', async () => {
    const lengths: number[] = [];
    const own = gdumb({ capacity: 12, clip: 0.01, schedule: 'optimizer' });
    const strategy: typeof own = {
      ...own,
      gradients(ctx, gradients, state, feed) {
        const cut = own.gradients!(ctx, gradients, state, feed);
        lengths.push(Math.sqrt(Object.values(cut).reduce((sum, g) => sum + g.square().sum().dataSync()[0]!, 0)));
        return cut;
      },
    };
    const learner = await learned({ stream, optimizer, strategy, tasks: 1 });
    learner.dispose();
    for (const length of lengths) expect(length).toBeCloseTo(0.01, 4);
  });
});

describe('the rate', () => {
  it("is that of the authors' program, pass by pass: CosineAnnealingWarmRestarts with T_0 = 1 and T_mult = 2, one pass late", () => {
    const wave = (t: number) => 0.01 + (0.99 * (1 + Math.cos(Math.PI * t))) / 2;
    const expected = [0.1, 1, 1, wave(1 / 2), 1, wave(1 / 4), wave(2 / 4), wave(3 / 4), 1, wave(1 / 8)];
    const rates = tidied(() => expected.map((_, pass) => restarts(tf.scalar(pass), 0.01).dataSync()[0]!));
    for (const [pass, rate] of rates.entries()) expect(rate).toBeCloseTo(expected[pass]!, 5);
    // Each restart is at the full rate, far out too.
    for (const power of [16, 64, 128, 256, 1024]) {
      const [before, at] = tidied(() => [power - 1, power].map((pass) => restarts(tf.scalar(pass), 0.01).dataSync()[0]!));
      expect(at).toBeCloseTo(1, 5);
      expect(before).toBeLessThan(0.05);
    }
  });
});
