import { describe, expect, it } from 'vitest';
import { defineStrategy } from '../../src/index.js';
import { HOW, onCpu, tasks, valuesOf, withLearner } from './support.js';

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
