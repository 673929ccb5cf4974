import { adam, Learner, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { countNumbers, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type RwalkOptions, rwalk } from '../src/index.js';
import { penaltyAt } from './penalty.js';

strategyContract({
  create: (options) => rwalk({ lambda: 0.5, interval: 2, ...options }),
  badOptions: [
    { lambda: -1 },
    { lambda: '1' },
    { alpha: 0 },
    { alpha: 1.1 },
    { interval: 0 },
    { interval: 1.5 },
    { epsilon: 0 },
    { epsilon: Number.NaN },
  ],
  goodOptions: [{ alpha: 1 }, { interval: 1 }, { lambda: 0 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });
const numbersOf = (weights: Weights): number[] => Object.values(weights).flat(3) as number[];

/** What RWalk held after each task. */
async function states(options: RwalkOptions, how: { tasks?: number; learn?: { epochs: number; batchSize: number } } = {}) {
  const { strategy, sights } = watched(rwalk(options));
  (await learned({ stream, optimizer: adam(0.01), strategy, ...how })).dispose();
  return sights.filter(({ hook }) => hook === 'afterTask');
}

it('its penalty and its gradient are 0 at the anchor, and λ Σ importance (θ − θ*)² elsewhere, without a ½', () => {
  tidied(() => {
    const state = { importance: tensorsOf({ w: [0.5, 2, 0] }), anchor: tensorsOf({ w: [1, -2, 3] }) };
    expect(penaltyAt(rwalk({ lambda: 3 }), state, { w: [1, -2, 3] })).toEqual({ value: 0, gradient: { w: [0, 0, 0] } });
    expect(penaltyAt(rwalk({ lambda: 3 }), state, { w: [2, -1.5, 12] })).toEqual({ value: 3, gradient: { w: [3, 6, 0] } });
  });
});

describe('importance', () => {
  it('lies in [0, 2]: the Fisher information and the scores, the largest of each being 1', async () => {
    for (const { state } of await states({ interval: 2 })) {
      const [importance, fisher, scores] = [state.importance, state.fisher, state.past].map(numbersOf) as [number[], number[], number[]];
      expect(Math.min(...importance, ...fisher, ...scores)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...importance)).toBeLessThanOrEqual(2);
      const [most, best] = [Math.max(...fisher), Math.max(...scores)];
      expectClose(
        importance,
        fisher.map((value, i) => value / most + scores[i]! / best),
      );
    }
  });

  it('is 0 for outputs that have not competed', async () => {
    const [{ state }] = (await states({ interval: 2 }, { tasks: 1 })) as unknown as [{ state: { importance: Weights } }];
    const bias = state.importance['head/bias'] as number[];
    expect(bias.slice(2)).toEqual([0, 0, 0, 0]);
    expect(Math.min(...bias.slice(0, 2))).toBeGreaterThan(0);
  });
});

describe('scores', () => {
  // Six steps a task.
  const learn = { epochs: 2, batchSize: 8 };

  it('of a walk that no interval ends are taken when the task ends', async () => {
    const [whole, longer] = [await states({ interval: 6 }, { tasks: 1, learn }), await states({ interval: 1000 }, { tasks: 1, learn })];
    expect(Math.max(...numbersOf(longer[0]!.state.past))).toBeGreaterThan(0);
    expect(longer[0]!.state.past).toEqual(whole[0]!.state.past);
  });

  it('of an interval of 4 are those of the first four steps and of the other two', async () => {
    const [four] = await states({ interval: 4, lambda: 0 }, { tasks: 1, learn });
    const [six] = await states({ interval: 6, lambda: 0 }, { tasks: 1, learn });
    expect(four!.parameters).toEqual(six!.parameters);
    expect(four!.state.past).not.toEqual(six!.state.past);
  });

  it('begin anew with each task, and their average over tasks halves what is older', async () => {
    const watchedScores: Weights[] = [];
    const own = rwalk({ interval: 2 });
    const afterTask: typeof own.afterTask = (ctx, state, summary) => {
      const next = own.afterTask!({ ...ctx }, { ...state, past: null }, summary);
      // Without a past, the average is the task's own score.
      watchedScores.push(Object.fromEntries(Object.entries(next.past!).map(([name, tensor]) => [name, tensor.arraySync() as number[]])));
      return own.afterTask!(ctx, state, summary);
    };
    const { strategy, sights } = watched({ ...own, afterTask });
    (await learned({ stream, optimizer: adam(0.01), strategy })).dispose();
    const [first, second, third] = watchedScores.map(numbersOf);
    const after = sights.filter(({ hook }) => hook === 'afterTask').map(({ state }) => numbersOf(state.past));
    expectClose(after[0], first!);
    expectClose(
      after[1],
      second!.map((value, i) => (value + first![i]!) / 2),
      { abs: 1e-5, rel: 1e-5 },
    );
    expectClose(
      after[2],
      third!.map((value, i) => value / 2 + (second![i]! + first![i]!) / 4),
      { abs: 1e-5, rel: 1e-5 },
    );
  });
});

describe('in training', () => {
  it('λ = 0 is fine-tuning, and the first task is plain training, bit for bit', async () => {
    const finetuned = { stream, optimizer: adam(0.01) };
    expect(await hashAfter({ ...finetuned, strategy: rwalk({ lambda: 0, interval: 2 }) })).toBe(await hashAfter(finetuned));
    expect(await hashAfter({ ...finetuned, tasks: 1, strategy: rwalk({ lambda: 9 }) })).toBe(await hashAfter({ ...finetuned, tasks: 1 }));
  });

  it('keeps seven numbers a parameter and one, however many tasks', async () => {
    const after = await states({});
    const parameters = countNumbers(after[0]!.parameters);
    expect(after.map(({ state }) => countNumbers(state))).toEqual(stream.tasks.map(() => 7 * parameters + 1));
  });

  it('outputs that are added between tasks begin their walk, and are held, where they begin', async () => {
    const { strategy, sights } = watched(rwalk());
    const learner = new Learner({ model: mlp({ inputs: 6, hidden: [8], outputs: 2 }), optimizer: sgd(0.1), scenario: 'class', strategy });
    const [first, second] = clouds({ scenario: 'class' }).tasks;
    await learner.learn(first!, { batchSize: 8 });
    learner.grow(2);
    await learner.learn(second!, { batchSize: 8 });
    learner.dispose();
    const { state, parameters } = sights.find(({ hook, task }) => hook === 'beforeTask' && task === 1)!;
    expect(state.anchor).toEqual(parameters);
    expect(state.walk.start).toEqual(parameters);
  });
});
