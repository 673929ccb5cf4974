import { compose, type GraphContext, sgd, valueAndGradients } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { taken, tidied, watched } from '../../../testing/watched.js';
import { lfl, lwf } from '../src/index.js';

strategyContract({
  create: (options) => lfl({ lambda: 0.5, ...options }),
  scenarios: ['domain', 'task', 'class'],
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { lambda: undefined }],
  goodOptions: [{ lambda: 0 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });
const optimizer = sgd(0.1);

/** The term and its gradient by the features of now, from features given. */
function termOf(lambda: number, now: number[][], before: number[][], weight: number[]) {
  return tidied(() => {
    const { loss, gradients } = valueAndGradients(
      ({ features }) => {
        const ctx = {
          forward: (_x: unknown, parameters: unknown, options: { at(site: object, value: tf.Tensor): tf.Tensor; training: boolean }) => {
            expect(options.training).toBe(false);
            // Sites of other kinds do not count.
            options.at({ name: 'dense0', kind: 'activation' }, tf.zeros([1, 1]));
            return options.at({ name: 'features', kind: 'features' }, parameters ? tf.tensor2d(before) : features!);
          },
        } as unknown as GraphContext;
        const forward = { batch: { x: null, weight: tf.tensor1d(weight) } } as unknown as Parameters<
          NonNullable<ReturnType<typeof lfl>['loss']>
        >[1];
        return { loss: lfl({ lambda }).loss!(ctx, forward, { old: {} }, null)!, aux: null };
      },
      { features: tf.tensor2d(now) },
    );
    return { value: loss.arraySync(), gradient: gradients.features!.arraySync() as number[][] };
  });
}

describe('the term', () => {
  const now = [
    [1, 2, 0],
    [0, 1, 1],
    [9, 9, 9],
  ];
  const before = [
    [0, 2, 2],
    [1, 1, 1],
    [0, 0, 0],
  ];

  it('is λ times the mean over rows of half the squared distance; rows of padding do not count', () => {
    // ½ (1 + 0 + 4) and ½ (1 + 0 + 0), mean 1.5; slopes are the differences over two rows.
    const { value, gradient } = termOf(4, now, before, [1, 1, 0]);
    expect(value).toBeCloseTo(6, 6);
    expectClose(gradient, [
      [2, 0, -4],
      [-2, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('and its gradient are 0 at the old features', () => {
    const { value, gradient } = termOf(4, before, before, [1, 1, 1]);
    expect(value).toBe(0);
    expect(gradient.flat().every((slope) => slope === 0)).toBe(true);
  });
});

describe('in training', () => {
  it('the first task is fine-tuning, bit for bit', async () => {
    expect(await hashAfter({ stream, optimizer, tasks: 1, strategy: lfl({ lambda: 1 }) })).toBe(
      await hashAfter({ stream, optimizer, tasks: 1 }),
    );
  });

  it('freezes the outputs of earlier tasks, bit for bit; new ones learn', async () => {
    const before = await weightsAfter({ stream, optimizer, tasks: 1, strategy: lfl({ lambda: 0.1 }) });
    const after = await weightsAfter({ stream, optimizer, tasks: 2, strategy: lfl({ lambda: 0.1 }) });
    const bias = (weights: typeof before) => weights['head/bias'] as number[];
    expect(bias(after).slice(0, 2)).toEqual(bias(before).slice(0, 2));
    expect(bias(after).slice(2, 4)).not.toEqual(bias(before).slice(2, 4));
    expect(after['dense0/kernel']).not.toEqual(before['dense0/kernel']);
  });

  it('freezes the whole classifier where tasks share their outputs', async () => {
    const shared = clouds({ scenario: 'domain' });
    const options = { stream: shared, optimizer, strategy: lfl({ lambda: 0.1 }) };
    const [before, after] = [await weightsAfter({ ...options, tasks: 1 }), await weightsAfter({ ...options, tasks: 3 })];
    expect(after['head/kernel']).toEqual(before['head/kernel']);
    expect(after['head/bias']).toEqual(before['head/bias']);
    expect(after['dense0/kernel']).not.toEqual(before['dense0/kernel']);
  });

  it('a large λ holds the features, as far as the step size allows', async () => {
    const shared = clouds({ scenario: 'domain' });
    const distance = async (lambda: number) => {
      const { strategy, sights } = watched(lfl({ lambda }));
      const learner = await learned({ stream: shared, optimizer: sgd(0.02), strategy, tasks: 2, learn: { epochs: 10, batchSize: 8 } });
      const end = taken(learner.parameters());
      learner.dispose();
      const start = sights[0]!.parameters;
      return Math.hypot(...(end['dense0/bias'] as number[]).map((value, i) => value - (start['dense0/bias'] as number[])[i]!));
    };
    expect(await distance(5)).toBeLessThan((await distance(0)) / 3);
  });

  it('keeps the parameters of the last task, and nothing else', async () => {
    const { strategy, sights } = watched(lfl({ lambda: 1 }));
    const learner = await learned({ stream, optimizer, strategy });
    learner.dispose();
    expect(sights).toHaveLength(3);
    for (const { state, parameters } of sights) expect(state).toEqual({ old: parameters });
  });

  it('composes with LwF: both terms act', async () => {
    const both = await hashAfter({ stream, optimizer, strategy: compose(lfl({ lambda: 0.5 }), lwf()) });
    expect(both).not.toBe(await hashAfter({ stream, optimizer, strategy: lfl({ lambda: 0.5 }) }));
    expect(both).toBe(await hashAfter({ stream, optimizer, strategy: compose(lwf(), lfl({ lambda: 0.5 })) }));
  });
});
