import { describe, expect, it } from 'vitest';
import { defineStrategy, untilNoBetter } from '../../src/index.js';
import { HOW, onCpu, refused, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

describe("'enough'", () => {
  it.each([
    ['at once', () => 'enough' as const],
    ['later', () => Promise.resolve('enough' as const)],
  ])('said %s ends a task with the step, as if that were all', async (_when, enough) => {
    const straight = await withLearner({}, async (learner) => {
      await learner.learn(first, { iterations: 3, batchSize: 8 });
      await learner.learn(second, HOW);
      return valuesOf(learner);
    });
    await withLearner({}, async (learner) => {
      await learner.learn(first, { iterations: 10, batchSize: 8, onStep: ({ iteration }) => (iteration === 3 ? enough() : undefined) });
      expect(learner.progress).toMatchObject({ step: 3, current: null, learned: [{ index: 0 }] });
      await learner.learn(second, HOW);
      expect(valuesOf(learner)).toEqual(straight);
    });
  });

  it('leaves the strategy its turn', async () => {
    const seen: number[] = [];
    const strategy = defineStrategy({
      name: 'witness',
      init: () => ({}),
      afterTask(ctx, state) {
        seen.push(ctx.task.index);
        return state;
      },
    });
    await withLearner({ strategy }, (learner) => learner.learn(first, { ...HOW, onStep: () => 'enough' }));
    expect(seen).toEqual([0]);
  });
});

describe('untilNoBetter', () => {
  /** How many steps are taken with these scores, one after another. */
  const stepsWith = (scores: readonly number[], options: { every: number; patience?: number }, later = false) => {
    let asked = 0;
    const score = () => {
      const value = scores[asked++]!;
      return later ? Promise.resolve(value) : value;
    };
    return withLearner({}, async (learner) => {
      await learner.learn(first, { iterations: 12, batchSize: 8, onStep: untilNoBetter({ ...options, score }) });
      return { steps: learner.progress.step, asked };
    });
  };

  it('stops after as many scores without a better one', async () => {
    // 0.5 and 0.6 are better than what was before; 0.6 again, and 0.4, are not.
    expect(await stepsWith([0.5, 0.6, 0.6, 0.4, 1, 1], { every: 2, patience: 2 })).toEqual({ steps: 8, asked: 4 });
    expect(await stepsWith([0.5, 0.6, 0.6, 0.4, 0.3, 1], { every: 2 }, true)).toEqual({ steps: 10, asked: 5 });
    expect(await stepsWith([1, 2, 3, 4, 5, 6], { every: 2, patience: 1 })).toEqual({ steps: 12, asked: 6 });
  });

  it('begins anew with each task', async () => {
    const scores = [3, 2, 1, 2, 3, 4];
    let asked = 0;
    const onStep = untilNoBetter({ every: 1, patience: 1, score: () => scores[asked++]! });
    await withLearner({}, async (learner) => {
      await learner.learn(first, { iterations: 4, batchSize: 8, onStep });
      expect(learner.progress.step).toBe(2);
      await learner.learn(second, { iterations: 4, batchSize: 8, onStep });
      expect(learner.progress.step).toBe(6);
    });
  });

  it('refuses what cannot be', async () => {
    const score = () => 1;
    expect(await refused(() => untilNoBetter({ every: 0, score }))).toMatch(/^CL_OPTION .*every/);
    expect(await refused(() => untilNoBetter({ every: 1, patience: 0, score }))).toMatch(/^CL_OPTION .*patience/);
    expect(await refused(() => untilNoBetter({ every: 1, score: 1 as never }))).toMatch(/^CL_OPTION .*score/);
  });
});
