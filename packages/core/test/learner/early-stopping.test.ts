import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adam, defineStrategy, Learner, type LearnOptions, map, memoryStore, type StepProgress } from '../../src/index.js';
import { HOW, onCpu, optionsOf, refusal, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

/** Follows up the sum of the gradients, and learns otherwise for it. */
const follower = () =>
  defineStrategy({
    name: 'follower',
    init: ({ parameters }) => ({ path: map(tf.zerosLike, parameters) }),
    track: (_ctx, { gradients }, state) => ({ path: map((sum, name) => tf.add(sum, gradients[name]!), state.path) }),
    loss: (ctx, _forward, { path }) =>
      tf.mul(1e-2, tf.addN(Object.entries(path).map(([name, sum]) => tf.sum(tf.mul(sum, ctx.parameters[name]!))))) as tf.Scalar,
  });

/** Scores by the steps of the task that were taken. */
const scored = (learner: Learner, scores: Readonly<Record<number, number>>) => () => scores[learner.progress.current!.iteration]!;

const OPTIONS = { optimizer: adam(0.02), strategy: follower() };

/** Learns both tasks, the first one for so many steps. */
async function straight(iterations: number): Promise<Record<string, number[]>> {
  return withLearner(OPTIONS, async (learner) => {
    await learner.learn(first, { iterations, batchSize: 8 });
    return valuesOf(learner);
  });
}

describe('early stopping', () => {
  it('ends after as many scores without a better one, with the best parameters', async () => {
    const best = await straight(4);
    await withLearner(OPTIONS, async (learner) => {
      const asked: number[] = [];
      const score = async () => {
        asked.push(learner.progress.current!.iteration);
        return scored(learner, { 2: 0.5, 4: 0.6, 6: 0.6, 8: 0.4 })();
      };
      await learner.learn(first, { iterations: 20, batchSize: 8, earlyStopping: { score, every: 2, patience: 2 } });
      expect(asked).toEqual([2, 4, 6, 8]);
      expect(learner.progress).toMatchObject({ step: 8, slotStep: 4, current: null, learned: [{ index: 0 }] });
      expect(valuesOf(learner)).toEqual(best);
    });
  });

  it('takes all steps where scores go on rising, and is then plain training', async () => {
    const expected = await straight(6);
    await withLearner(OPTIONS, async (learner) => {
      let asked = 0;
      await learner.learn(first, { iterations: 6, batchSize: 8, earlyStopping: { score: () => ++asked, every: 4 } });
      // Of 6 steps, after the 4th and at the end.
      expect(asked).toBe(2);
      expect(valuesOf(learner)).toEqual(expected);
    });
  });

  it('asks after each epoch unless told otherwise, three times without success', async () => {
    await withLearner({}, async (learner) => {
      // 20 rows are 3 batches of 8.
      await learner.learn(first, { epochs: 9, batchSize: 8, earlyStopping: { score: () => 1 } });
      expect(learner.progress.step).toBe(12);
    });
  });

  it('takes optimizer and strategies back to the best step too', async () => {
    const run = (work: (learner: Learner) => Promise<void>) =>
      withLearner(OPTIONS, async (learner) => {
        const store = memoryStore();
        await work(learner);
        await learner.save(store, 'end');
        return (await store.read('end')).files;
      });
    const plain = await run((learner) => learner.learn(first, { iterations: 3, batchSize: 8 }));
    const stopped = await run((learner) =>
      learner.learn(first, {
        iterations: 9,
        batchSize: 8,
        earlyStopping: { score: scored(learner, { 3: 2, 6: 1 }), every: 3, patience: 1 },
      }),
    );
    const names = Object.keys(plain).filter((name) => name.endsWith('.safetensors'));
    expect(names).not.toEqual([]);
    for (const name of names) expect(stopped[name], name).toEqual(plain[name]);
  });

  it('lets a number that is none be no better than any', async () => {
    const best = await straight(2);
    await withLearner(OPTIONS, async (learner) => {
      const score = scored(learner, { 1: Number.NaN, 2: 0.1, 3: Number.NaN, 4: Number.NaN });
      await learner.learn(first, { iterations: 9, batchSize: 8, earlyStopping: { score, every: 1, patience: 2 } });
      expect(valuesOf(learner)).toEqual(best);
    });
  });

  it('begins anew with each task', async () => {
    await withLearner({}, async (learner) => {
      const earlyStopping = (scores: Readonly<Record<number, number>>) => ({ score: scored(learner, scores), every: 1, patience: 1 });
      await learner.learn(first, { iterations: 4, batchSize: 8, earlyStopping: earlyStopping({ 1: 3, 2: 2 }) });
      expect(learner.progress.step).toBe(2);
      await learner.learn(second, { iterations: 4, batchSize: 8, earlyStopping: earlyStopping({ 1: 1, 2: 2, 3: 3, 4: 4 }) });
      expect(learner.progress.step).toBe(6);
    });
  });

  it('scores nothing before the last stage of a strategy', async () => {
    const strategy = defineStrategy({
      name: 'two stages',
      stages: [
        { name: 'one', share: 0.5 },
        { name: 'two', share: 0.5 },
      ],
      init: () => ({}),
    });
    await withLearner({ strategy }, async (learner) => {
      const asked: number[] = [];
      const score = () => asked.push(learner.progress.current!.iteration);
      await learner.learn(first, { iterations: 6, batchSize: 8, earlyStopping: { score, every: 1 } });
      expect(asked).toEqual([4, 5, 6]);
    });
  });

  it('refuses what cannot be', async () => {
    const score = () => 1;
    const asked = (earlyStopping: LearnOptions['earlyStopping']) =>
      withLearner({}, (learner) => refusal(learner.learn(first, { ...HOW, earlyStopping: earlyStopping! })));
    expect(await asked({ every: 0, score })).toMatch(/^CL_OPTION .*every/);
    expect(await asked({ patience: 0, score })).toMatch(/^CL_OPTION .*patience/);
    expect(await asked({ score: 1 as never })).toMatch(/^CL_OPTION .*score/);
    expect(await asked({ score, until: 3 } as never)).toMatch(/^CL_OPTION .*until/);
  });
});

describe('early stopping that is interrupted', () => {
  const scores = { 2: 0.5, 4: 0.7, 6: 0.6, 8: 0.65, 10: 0.1 };
  const how = (learner: Learner): LearnOptions => ({
    iterations: 20,
    batchSize: 8,
    earlyStopping: { score: scored(learner, scores), every: 2, patience: 3 },
  });
  const end = async (learner: Learner) => {
    for (const task of learner.remaining(tasks)) await learner.learn(task, task.index === 0 ? how(learner) : HOW);
    return learner.parameterHash();
  };

  it('goes on from any step, in the same process', async () => {
    const expected = await withLearner(OPTIONS, end);
    for (let step = 1; step <= 10; step++) {
      await withLearner(OPTIONS, async (learner) => {
        const stop = new AbortController();
        const onStep = ({ iteration }: StepProgress) => {
          if (iteration === step) stop.abort();
        };
        await expect(learner.learn(first, { ...how(learner), signal: stop.signal, onStep })).rejects.toThrow(/aborted/);
        expect(await end(learner), `stopped after step ${step}`).toBe(expected);
      });
    }
  });

  it('goes on from any checkpoint', async () => {
    const expected = await withLearner(OPTIONS, end);
    const store = memoryStore();
    await withLearner(OPTIONS, (learner) =>
      learner.learn(first, { ...how(learner), onStep: ({ iteration }) => learner.save(store, `step${iteration}`) }),
    );
    const names = await store.list();
    expect(names).toHaveLength(10);
    for (const name of names) {
      const learner = await Learner.restore(store, optionsOf(OPTIONS), name);
      expect(await end(learner), name).toBe(expected);
      learner.dispose();
    }
  });

  it('goes on where a score could not be had', async () => {
    const expected = await withLearner(OPTIONS, end);
    await withLearner(OPTIONS, async (learner) => {
      const score = () => {
        if (learner.progress.step === 6) throw new Error('the validation set is away');
        return scored(learner, scores)();
      };
      await expect(learner.learn(first, { ...how(learner), earlyStopping: { score, every: 2, patience: 3 } })).rejects.toThrow('away');
      expect(await end(learner)).toBe(expected);
    });
  });
});
