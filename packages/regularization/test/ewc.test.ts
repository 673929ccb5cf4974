import { type BoundaryContext, type GraphContext, sgd, valueAndGradients } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { countNumbers, plain, tidied, watched } from '../../../testing/watched.js';
import { type EwcOptions, ewc } from '../src/index.js';

strategyContract({
  create: (options) => ewc({ lambda: 2, ...options }),
  badOptions: [
    { lambda: -1 },
    { lambda: '1' },
    { lambda: Number.NaN },
    { fisher: 'exakt' },
    { mode: 'offline' },
    { gamma: 1.1 },
    { gamma: -0.1 },
  ],
  goodOptions: [
    { fisher: 'sample' },
    { fisher: 'empirical' },
    { fisher: 'predicted' },
    { fisher: 'batched' },
    { fisher: 'weighted' },
    { mode: 'online', gamma: 0.5 },
  ],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });

/** EWC's state after tasks whose Fisher information and optimum are given. */
function consolidated(options: EwcOptions, tasks: readonly { readonly fisher: Weights; readonly optimum: Weights }[]) {
  const strategy = ewc(options);
  const state = tasks.reduce(
    (kept, { fisher, optimum }) => strategy.afterTask!(at(optimum), kept, { squares: tensorsOf(fisher), terms: tf.scalar(1) }),
    strategy.init({} as never),
  );
  /** The penalty's value and gradient. */
  const penalty = (weights: Weights) => {
    const { loss, gradients } = valueAndGradients(
      (parameters) => ({ loss: strategy.loss!({ parameters } as GraphContext, {} as never, state, null)!, aux: null }),
      tensorsOf(weights),
    );
    return { value: loss.arraySync(), gradient: plain(gradients) as Record<string, number[]> };
  };
  return { strategy, state, penalty };
}

const at = (weights: Weights) => ({ parameters: tensorsOf(weights) }) as BoundaryContext;

describe('the penalty', () => {
  it('and its gradient are 0 at the optimum, and it is positive elsewhere', () => {
    tidied(() => {
      const { penalty } = consolidated({ lambda: 7 }, [{ fisher: { w: [0.5, 2, 0] }, optimum: { w: [1, -2, 3] } }]);
      expect(penalty({ w: [1, -2, 3] })).toEqual({ value: 0, gradient: { w: [0, 0, 0] } });
      // 7/2 · (0.5 · 1² + 2 · 0.5² + 0 · 9²) = 3.5, gradient 7 · F · (θ − θ*).
      expect(penalty({ w: [2, -1.5, 12] })).toEqual({ value: 3.5, gradient: { w: [3.5, 7, 0] } });
    });
  });

  const numbers = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 3, maxLength: 3 });
  const squares = fc.array(fc.oneof(fc.constant(0), fc.float({ min: Math.fround(1e-6), max: 10, noNaN: true })), {
    minLength: 3,
    maxLength: 3,
  });
  const task = fc.record({ fisher: fc.record({ w: squares }), optimum: fc.record({ w: numbers }) });

  test.prop([fc.array(task, { minLength: 1, maxLength: 6 }), numbers])(
    'of many tasks, kept as one quadratic, is the sum of theirs',
    (tasks, w) => {
      const merged = tidied(() => consolidated({ lambda: 3 }, tasks).penalty({ w }));
      const value = tasks
        .flatMap(({ fisher, optimum }) => w.map((x, i) => 1.5 * fisher.w[i]! * (x - optimum.w[i]!) ** 2))
        .reduce((a, b) => a + b);
      const gradient = w.map((x, i) => tasks.map(({ fisher, optimum }) => 3 * fisher.w[i]! * (x - optimum.w[i]!)).reduce((a, b) => a + b));
      // Of numbers of this size, float32 keeps an error of about 1e-7 each.
      const size = tasks.flatMap(({ fisher }) => fisher.w).reduce((a, b) => a + b, 1);
      expectClose(merged, { value, gradient: { w: gradient } }, { abs: 1e-4 * size, rel: 1e-4 });
    },
  );

  it('keeps its digits where λ is 10⁹ and nothing has moved far', () => {
    tidied(() => {
      const { penalty } = consolidated({ lambda: 1e9 }, [
        { fisher: { w: [0.3] }, optimum: { w: [1] } },
        { fisher: { w: [0.1] }, optimum: { w: [1.0001] } },
      ]);
      const [first, second] = [Math.fround(1), Math.fround(1.0001)];
      const value = (w: number) => 0.5e9 * (0.3 * (w - first) ** 2 + 0.1 * (w - second) ** 2);
      for (const w of [1, 1.0001, 1.001].map(Math.fround)) expectClose(penalty({ w: [w] }).value, value(w), { abs: 1e-3, rel: 2e-3 });
    });
  });

  it('costs as much after ten tasks as after two, in numbers kept and in operations', () => {
    tidied(() => {
      const tasks = Array.from({ length: 10 }, (_, t) => ({ fisher: { w: [t + 1, 1] }, optimum: { w: [t, 0.5 * t] } }));
      const [two, ten] = [consolidated({ lambda: 1 }, tasks.slice(0, 2)), consolidated({ lambda: 1 }, tasks)];
      const operations = ({ penalty }: typeof two) => {
        const before = tf.engine().state.numTensors;
        penalty({ w: [0, 0] });
        return tf.engine().state.numTensors - before;
      };
      expect(operations(ten)).toBe(operations(two));
      expect(countNumbers(plain(ten.state))).toBe(2 * 2 + 1);
    });
  });
});

/** L₁ = 2 (θ − 1)², L₂ = ½ · 1 (θ + 2)², L₃ = ½ · 3 (θ − 4)²: their own curvatures, which are what Fisher information stands for. */
describe('quadratic tasks whose curvature is known', () => {
  const tasks = [
    { curvature: 4, best: 1 },
    { curvature: 1, best: -2 },
    { curvature: 3, best: 4 },
  ];
  const joint = (count: number) => {
    const some = tasks.slice(0, count);
    return some.reduce((sum, { curvature, best }) => sum + curvature * best, 0) / some.reduce((sum, { curvature }) => sum + curvature, 0);
  };

  /** Where gradient descent on each task's loss and the penalty ends, task after task. */
  const sequential = (options: EwcOptions) =>
    tidied(() => {
      const met: { fisher: { w: number[] }; optimum: { w: number[] } }[] = [];
      let w = 0;
      for (const { curvature, best } of tasks) {
        const { penalty } = consolidated(options, met);
        for (let step = 0; step < 200; step++)
          w -= 0.05 * (curvature * (w - best) + (met.length > 0 ? penalty({ w: [w] }).gradient.w![0]! : 0));
        met.push({ fisher: { w: [curvature] }, optimum: { w: [w] } });
      }
      return met.map(({ optimum }) => optimum.w[0]!);
    });

  it('after two, both modes are where joint training is', () => {
    for (const mode of ['separate', 'online'] as const)
      expectClose(sequential({ lambda: 1, mode }).slice(0, 2), [joint(1), joint(2)], { abs: 1e-4, rel: 0 });
  });

  it('after three, the online form still is; separate penalties count the first task twice', () => {
    expect(sequential({ lambda: 1, mode: 'online' })[2]).toBeCloseTo(joint(3), 4);
    // The second optimum is a compromise with the first task, held once more by its own penalty: 4 θ + 1 θ + 3 θ = 4 · 1 + 1 · θ₂ + 3 · 4.
    expect(sequential({ lambda: 1, mode: 'separate' })[2]).toBeCloseTo((4 + joint(2) + 12) / 8, 4);
  });

  it('without a penalty, the last task has all of it', () => {
    expect(sequential({ lambda: 0 })[2]).toBeCloseTo(4, 4);
  });
});

describe('in training', () => {
  it('λ = 0 is fine-tuning, bit for bit', async () => {
    const finetuned = await hashAfter({ stream, optimizer: sgd(0.1) });
    for (const mode of ['separate', 'online'] as const)
      expect(await hashAfter({ stream, optimizer: sgd(0.1), strategy: ewc({ lambda: 0, mode }) })).toBe(finetuned);
  });

  it('the first task is plain training, bit for bit', async () => {
    expect(await hashAfter({ stream, optimizer: sgd(0.1), tasks: 1, strategy: ewc({ lambda: 50 }) })).toBe(
      await hashAfter({ stream, optimizer: sgd(0.1), tasks: 1 }),
    );
  });

  it.each(['separate', 'online'] as const)('%s: keeps two numbers a parameter and one, however many tasks', async (mode) => {
    const { strategy, sights } = watched(ewc({ lambda: 1, mode }));
    const learner = await learned({ stream, optimizer: sgd(0.1), strategy });
    learner.dispose();
    const parameters = countNumbers(sights[0]!.parameters);
    expect(sights.map(({ state }) => countNumbers(state))).toEqual(stream.tasks.map(() => 2 * parameters + 1));
  });

  it('the larger λ, the less the parameters move', async () => {
    const moved = async (lambda: number) => {
      const { strategy, sights } = watched(ewc({ lambda }));
      const learner = await learned({ stream, optimizer: sgd(0.05), strategy, tasks: 2 });
      learner.dispose();
      const [before, after] = sights.map(({ parameters }) => (parameters['dense0/kernel'] as number[][]).flat());
      return Math.hypot(...before!.map((value, i) => after![i]! - value));
    };
    const [none, some, much] = [await moved(0), await moved(5), await moved(50)];
    expect(some).toBeLessThan(none);
    expect(much).toBeLessThan(some);
    expect(much).toBeGreaterThan(0);
  });
});
