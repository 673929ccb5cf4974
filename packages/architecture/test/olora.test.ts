import { adam, adamW, type GraphContext, momentum, type Optimizer, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned } from '../../../testing/toy.js';
import { taken, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { mergeAdapters, type OloraOptions, olora } from '../src/index.js';

strategyContract({
  create: (options) => olora({ rank: 2, lambda2: 0.01, ...options }),
  changesFirstTask: true,
  badOptions: [{ rank: 0 }, { alpha: -1 }, { match: 'query' }, { head: 'new' }, { lambda1: -1 }, { lambda2: '0' }],
  goodOptions: [{ lambda1: 0, lambda2: 0 }, { match: ['dense', 'conv'] }, { head: 'frozen' }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', tasks: 3, rows: 20 });
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.05), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];

/** The penalty and its gradient by the new matrices, on parameters of one's own: A of two tasks, transposed. */
function penalty({ old, own, b = [[0, 0]] }: { old: number[][]; own: number[][]; b?: number[][] }, options: Partial<OloraOptions> = {}) {
  return tidied(() => {
    const strategy = olora({ rank: old.length, ...options });
    const fixed = { 'w/lora0/a': tf.transpose(tf.tensor2d(old)), 'w/lora0/b': tf.zeros([old.length, 2]), 'w/lora1/b': tf.tensor2d(b) };
    const of = (a: tf.Tensor) => {
      const ctx = { task: { index: 7 }, parameters: { ...fixed, 'w/lora1/a': a } as NamedTensorMap } as unknown as GraphContext;
      return strategy.loss!(ctx, null as never, { order: [4, 7] }, null) as Scalar | null;
    };
    const a = tf.transpose(tf.tensor2d(own));
    const value = of(a);
    if (value === null) return { value: null, gradient: null };
    return { value: value.dataSync()[0]!, gradient: tf.transpose(tf.grad((x) => of(x)!)(a)).arraySync() as number[][] };
  });
}

describe('the penalty', () => {
  it('is λ₁ times the sum of all |Aᵢᵀ Aₜ|, with their signs as gradient', () => {
    // Rows are columns of A: (1, 2, 0)·(3, −1, 5) = 1, (1, 2, 0)·(−2, 0, 1) = −2, (0, 1, 1)·… = 4 and 1: together 8.
    const { value, gradient } = penalty(
      {
        old: [
          [1, 2, 0],
          [0, 1, 1],
        ],
        own: [
          [3, -1, 5],
          [-2, 0, 1],
        ],
      },
      { lambda1: 0.25 },
    );
    expect(value).toBeCloseTo(2, 6);
    // ½ · Σ sign · column of the old A: of the first (1, 2, 0) + (0, 1, 1), of the second −(1, 2, 0) + (0, 1, 1); times 0.25.
    expect(gradient).toEqual([
      [0.25, 0.75, 0.25],
      [-0.25, -0.25, 0.25],
    ]);
  });

  it('is 0 for orthogonal directions', () => expect(penalty({ old: [[1, 1, 0]], own: [[2, -2, 5]] }).value).toBe(0));

  it('has λ₂ times the lengths of both new matrices', () => {
    expect(penalty({ old: [[0, 0, 0]], own: [[3, 0, 4]], b: [[0, 2]] }, { lambda1: 0, lambda2: 0.5 }).value).toBeCloseTo(0.5 * (5 + 2), 5);
    // B begins with zeros: no gradient there, and no NaN.
    expect(penalty({ old: [[0, 0, 0]], own: [[3, 0, 4]] }, { lambda1: 0, lambda2: 1 }).gradient).toEqual([
      [expect.closeTo(0.6, 5), 0, expect.closeTo(0.8, 5)],
    ]);
  });

  it('is none in the first task, nor with both weights 0', () => {
    const first = tidied(() => {
      const ctx = {
        task: { index: 4 },
        parameters: { 'w/lora0/a': tf.ones([3, 1]), 'w/lora0/b': tf.ones([1, 2]) },
      } as unknown as GraphContext;
      return olora({ rank: 1 }).loss!(ctx, null as never, { order: [4] }, null);
    });
    expect(first).toBeNull();
    expect(penalty({ old: [[1, 0, 0]], own: [[1, 0, 0]] }, { lambda1: 0 }).value).toBeNull();
  });
});

describe('an adapter a task', () => {
  it.each(OPTIMIZERS)('earlier ones, and the network below the classifier, keep their bytes under $name', async (optimizer) => {
    const { strategy, sights } = watched(olora({ rank: 2 }));
    const learner = await learned({ stream, hidden: [8, 6], optimizer, strategy });
    learner.dispose();
    const after = sights.filter(({ hook }) => hook === 'afterTask').map(({ parameters }) => parameters);
    expect(after).toHaveLength(3);
    for (const [t, now] of after.entries()) {
      const names = Object.keys(after[Math.max(t - 1, 0)]!).filter((name) => !name.startsWith('head'));
      for (const name of t > 0 ? names : []) expect(now[name], `${name} in task ${t}`).toEqual(after[t - 1]![name]);
      for (const part of ['a', 'b']) expect(now[`dense0/kernel/lora${t}/${part}`]).toBeDefined();
      expect(now[`dense0/kernel/lora${t + 1}/a`]).toBeUndefined();
      expect((now[`dense0/kernel/lora${t}/b`] as number[][]).flat().some((value) => value !== 0)).toBe(true);
    }
  });

  it('all are seen together: merged, they say the same', async () => {
    const options = { rank: 2, alpha: 3 };
    const learner = await learned({ stream, hidden: [8, 6], optimizer: adam(0.02), strategy: olora(options) });
    const model = mlp({ inputs: 6, hidden: [8, 6], outputs: 6 });
    const off = tidied(() => {
      const x = tf.randomNormal([7, 6], 0, 1, 'float32', 2);
      return tf
        .max(tf.abs(tf.sub(model.apply(mergeAdapters(learner.parameters(), options), x).outputs, learner.predict(x))))
        .dataSync()[0]!;
    });
    expect(off).toBeLessThan(1e-5);
    learner.dispose();
  });

  it('goes in directions of its own the more that costs', async () => {
    const cosines = async (lambda1: number) => {
      const learner = await learned({
        stream,
        hidden: [16],
        optimizer: adam(0.02),
        strategy: olora({ rank: 2, lambda1 }),
        learn: { epochs: 15, batchSize: 8 },
      });
      const { 'olora.cosine': cosine } = learner.measure();
      const weights = taken(learner.parameters());
      learner.dispose();
      const columns = (t: number) => [0, 1].map((c) => (weights[`dense0/kernel/lora${t}/a`] as number[][]).map((row) => row[c]!));
      const norm = (a: number[]) => Math.hypot(...a);
      const each = [0, 1].flatMap((i) =>
        columns(i).flatMap((a) =>
          columns(2).map((b) => Math.abs(a.reduce((sum, value, k) => sum + value * b[k]!, 0)) / (norm(a) * norm(b))),
        ),
      );
      expect(cosine).toBeCloseTo(each.reduce((a, b) => a + b) / each.length, 5);
      return cosine!;
    };
    const [free, bound] = [await cosines(0), await cosines(1)];
    expect(free).toBeGreaterThan(0.1);
    expect(bound).toBeLessThan(free / 2);
  });
});
