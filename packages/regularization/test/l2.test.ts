import { Learner, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsOf } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { countNumbers, tidied, watched } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { l2 } from '../src/index.js';
import { penaltyAt } from './penalty.js';

strategyContract({
  create: (options) => l2({ lambda: 1, ...options }),
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { lambda: Number.NaN }],
  goodOptions: [{ lambda: 0 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });

it('its penalty and its gradient are 0 at the anchor, and λ/2 times the squared distance elsewhere', () => {
  tidied(() => {
    const state = { anchor: tensorsOf({ w: [1, -2], v: [[3]] }) };
    expect(penaltyAt(l2({ lambda: 7 }), state, { w: [1, -2], v: [[3]] })).toEqual({ value: 0, gradient: { w: [0, 0], v: [[0]] } });
    // 4/2 · (2² + 0.5² + 3²) = 26.5, gradient 4 · (θ − θ*).
    expect(penaltyAt(l2({ lambda: 4 }), state, { w: [3, -1.5], v: [[0]] })).toEqual({ value: 26.5, gradient: { w: [8, 2], v: [[-12]] } });
  });
});

describe('in training', () => {
  it('λ = 0 is fine-tuning, and the first task is plain training, bit for bit', async () => {
    const finetuned = { stream, optimizer: sgd(0.1) };
    expect(await hashAfter({ ...finetuned, strategy: l2({ lambda: 0 }) })).toBe(await hashAfter(finetuned));
    expect(await hashAfter({ ...finetuned, tasks: 1, strategy: l2({ lambda: 5 }) })).toBe(await hashAfter({ ...finetuned, tasks: 1 }));
  });

  it('the larger λ, the less the parameters move', async () => {
    const moved = async (lambda: number) => {
      const { strategy, sights } = watched(l2({ lambda }));
      (await learned({ stream, optimizer: sgd(0.05), strategy, tasks: 2 })).dispose();
      const [before, after] = sights
        .filter(({ hook }) => hook === 'afterTask')
        .map(({ parameters }) => (parameters['dense0/kernel'] as number[][]).flat());
      return Math.hypot(...before!.map((value, i) => after![i]! - value));
    };
    const [none, some, much] = [await moved(0), await moved(1), await moved(20)];
    expect(some).toBeLessThan(none);
    expect(much).toBeLessThan(some);
    expect(much).toBeGreaterThan(0);
  });

  it('keeps one number a parameter, however many tasks: where the last task left it', async () => {
    const { strategy, sights } = watched(l2({ lambda: 1 }));
    (await learned({ stream, optimizer: sgd(0.1), strategy })).dispose();
    const begins = sights.filter(({ hook }) => hook === 'beforeTask');
    const ends = sights.filter(({ hook }) => hook === 'afterTask');
    const parameters = countNumbers(begins[0]!.parameters);
    expect(begins.map(({ state }) => state.anchor && countNumbers(state))).toEqual([null, parameters, parameters]);
    expect(begins.slice(1).map(({ state }) => state.anchor)).toEqual(ends.slice(0, -1).map((end) => end.parameters));
  });

  it('outputs that are added between tasks are held where they begin, not at 0', async () => {
    const { strategy, sights } = watched(l2({ lambda: 1 }));
    const learner = new Learner({ model: mlp({ inputs: 6, hidden: [8], outputs: 2 }), optimizer: sgd(0.1), scenario: 'class', strategy });
    const [first, second] = clouds({ scenario: 'class' }).tasks;
    await learner.learn(first!, { batchSize: 8 });
    learner.grow(2);
    await learner.learn(second!, { batchSize: 8 });
    learner.dispose();
    const { state, parameters } = sights.find(({ hook, task }) => hook === 'beforeTask' && task === 1)!;
    expect(state.anchor).toEqual(parameters);
    expect((parameters['head/kernel'] as number[][])[0]!.slice(2)).not.toContain(0);
  });
});
