import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type AnyStrategy, compose, defineStrategy, dot, map } from '../../src/index.js';
import { stageAt } from '../../src/learner/stages.js';
import { HOW, numbers, onCpu, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

describe("a task's boundaries", () => {
  it('come in order: before the task, stages, steps, a pass in order over its data, after it', async () => {
    const seen: string[] = [];
    const log = defineStrategy({
      name: 'log',
      stages: [
        { name: 'one', share: 0.5 },
        { name: 'two', share: 0.5 },
      ],
      init: () => ({}),
      beforeTask: (ctx, state) => {
        seen.push(`before ${ctx.task.index}, past ${ctx.past.length}, stage ${ctx.stage}`);
        return state;
      },
      beforeStage: (ctx, state) => {
        seen.push(`stage ${ctx.stage}`);
        return state;
      },
      track: (ctx, _result, state) => {
        seen.push(`step ${numbers(ctx.step)} in ${ctx.stage}`);
        return state;
      },
      scan: {
        start: (ctx) => {
          seen.push(`scan at step ${numbers(ctx.step)}`);
          return tf.scalar(0);
        },
        add: (ctx, sum, { weight, x }) => {
          seen.push(`${tf.sum(weight).dataSync()[0]} of ${(x as tf.Tensor).shape[0]} rows at step ${numbers(ctx.step)}`);
          return tf.add(sum, tf.sum(weight)) as tf.Scalar;
        },
      },
      afterTask: (ctx, state, sum) => {
        seen.push(`after ${ctx.task.index}: ${numbers(sum)} rows`);
        return state;
      },
    });
    await withLearner({ strategy: log }, async (learner) => {
      await learner.learn(first, { iterations: 3, batchSize: 8 });
      expect(seen).toEqual([
        'before 0, past 0, stage null',
        'stage one',
        'step 0 in one',
        'step 1 in one',
        'stage two',
        'step 2 in two',
        'scan at step 3',
        '8 of 8 rows at step 3',
        '8 of 8 rows at step 3',
        '4 of 8 rows at step 3',
        'after 0: 20 rows',
      ]);
      seen.length = 0;
      await learner.learn(second, { iterations: 2, batchSize: 30 });
      expect(seen).toEqual([
        'before 1, past 1, stage null',
        'stage one',
        'step 3 in one',
        'stage two',
        'step 4 in two',
        'scan at step 5',
        '20 of 20 rows at step 5',
        'after 1: 20 rows',
      ]);
    });
  });

  it('end a stage: who evaluates afterwards is in none', async () => {
    const stages = new Set<string | null>();
    const looks = defineStrategy({
      name: 'looks',
      stages: [{ name: 'all', share: 1 }],
      init: () => ({}),
      effective: (ctx, parameters) => {
        stages.add(ctx.stage);
        return parameters;
      },
    });
    await withLearner({ strategy: looks }, async (learner) => {
      await learner.learn(first, { ...HOW, onStep: async () => void (await learner.evaluate(first)) });
      expect([...stages]).toEqual(['all']);
      stages.clear();
      await learner.evaluate(first);
      expect([...stages]).toEqual([null]);
    });
  });

  it('may keep the summary itself', async () => {
    const seen: number[] = [];
    const keeper = defineStrategy({
      name: 'keeper',
      init: () => ({ rows: tf.scalar(0) }),
      scan: { start: () => tf.scalar(0), add: (_ctx, sum, { weight }) => tf.add(sum, tf.sum(weight)) as tf.Scalar },
      afterTask: (_ctx, _state, rows) => ({ rows }),
      loss: (_ctx, _forward, { rows }) => {
        seen.push(...numbers(rows));
        return tf.mul(rows, 0) as tf.Scalar;
      },
    });
    await withLearner({ strategy: keeper }, async (learner) => {
      for (const task of tasks) await learner.learn(task, { iterations: 1 });
    });
    expect(seen).toEqual([0, 20]);
  });

  it('may keep the summary, the parameters, or the same tensor in two places', async () => {
    const keeper = defineStrategy({
      name: 'keeper',
      init: ({ parameters }) => ({ sum: tf.scalar(0), teacher: parameters, twice: [tf.scalar(0), tf.scalar(0)] }),
      scan: {
        start: (ctx) => ({ sum: tf.scalar(0), start: ctx.parameters }),
        add: (_ctx, summary, { weight }) => ({ ...summary, sum: tf.add(summary.sum, tf.sum(weight)) as tf.Scalar }),
      },
      afterTask: (ctx, _state, summary) => ({ sum: summary.sum, teacher: ctx.parameters, twice: [summary.sum, summary.sum] }),
      loss: (ctx, _forward, { sum, teacher, twice }) =>
        tf.mul(tf.mul(1e-9, tf.add(sum, tf.add(twice[0]!, twice[1]!))), dot(teacher, ctx.parameters)) as tf.Scalar,
      track: (_ctx, _result, state) => ({ ...state, twice: [state.twice[0]!, tf.add(state.twice[1]!, 1) as tf.Scalar] }),
    });
    await withLearner({ strategy: keeper }, async (learner) => {
      for (const task of tasks) await learner.learn(task, HOW);
      expect(await learner.evaluate(first)).toMatchObject({ examples: 12 });
    });
  });

  it('that throw leave the learner as it was, and can be tried again', async () => {
    const faulty = (hook: 'beforeTask' | 'beforeStage' | 'afterTask' | 'start') => {
      let broken = true;
      const attempt = <T>(value: T): T => {
        if (broken) throw new Error(`not in ${hook}`);
        return value;
      };
      const strategy = defineStrategy({
        name: 'faulty',
        stages: [{ name: 'all', share: 1 }],
        init: ({ parameters }) => ({ copy: map(tf.clone, parameters) }),
        ...(hook !== 'start' && {
          [hook]: (ctx: { parameters: tf.NamedTensorMap }, _state: unknown) => {
            const copy = map(tf.clone, ctx.parameters);
            return attempt({ copy });
          },
        }),
        ...(hook === 'start' && { scan: { start: () => attempt(tf.scalar(0)), add: (_ctx: unknown, sum: tf.Scalar) => sum } }),
      });
      const repair = () => {
        broken = false;
      };
      return { strategy: strategy as unknown as AnyStrategy, repair };
    };
    const plain = await withLearner({}, async (learner) => {
      await learner.learn(first, HOW);
      return valuesOf(learner);
    });
    for (const hook of ['beforeTask', 'beforeStage', 'afterTask', 'start'] as const) {
      const { strategy, repair } = faulty(hook);
      await withLearner({ strategy }, async (learner) => {
        const before = valuesOf(learner);
        let tensors = tf.memory().numTensors;
        const onStep = () => {
          // From a task's first step to its end, a learner has what its batches have in common.
          tensors = tf.memory().numTensors;
        };
        await expect(learner.learn(first, { ...HOW, onStep })).rejects.toThrow(`not in ${hook}`);
        expect(tf.memory().numTensors, hook).toBe(tensors);
        if (hook === 'beforeTask') expect(learner.progress.current).toBeNull();
        if (hook.startsWith('before')) expect(valuesOf(learner)).toEqual(before);
        repair();
        await learner.learn(first, HOW);
        expect(valuesOf(learner), hook).toEqual(plain);
      });
    }
  });
});

describe('the state of a strategy', () => {
  it.each<[string, object, RegExp]>([
    ['a number that is counted', { count: 1, mean: null, sum: 'scalar' }, /state\.odd\.count changes in track\(\)/],
    ['a tensor where there was none', { count: 0, mean: 'scalar', sum: 'scalar' }, /state\.odd\.mean changes/],
    ['another shape', { count: 0, mean: null, sum: 'vector' }, /state\.odd\.sum changes/],
    ['another name', { count: 0, mean: null, sum: 'scalar', more: 'scalar' }, /state\.odd\.more changes/],
  ])('cannot change in a step in more than the values of its tensors: %s', async (_what, next, message) => {
    const made = (value: unknown) => (value === 'scalar' ? tf.scalar(1) : value === 'vector' ? tf.ones([2]) : value);
    const odd = {
      name: 'odd',
      init: () => ({ count: 0, mean: null, sum: tf.scalar(0) }),
      track: () => Object.fromEntries(Object.entries(next).map(([name, value]) => [name, made(value)])),
    } as unknown as AnyStrategy;
    await withLearner({ strategy: odd }, async (learner) => {
      await expect(learner.learn(first, HOW)).rejects.toThrow(message);
      expect(learner.progress.step).toBe(0);
    });
  });

  it('of one strategy is not seen by another', async () => {
    const seen: string[][] = [];
    const part = <const Name extends string>(name: Name) =>
      defineStrategy({
        name,
        init: () => ({ [name]: tf.scalar(0) }) as Record<string, tf.Scalar>,
        feed: () => ({ [`fed to ${name}`]: tf.scalar(1) }),
        track: (_ctx, _result, state, feed) => {
          seen.push([name, ...Object.keys(state), ...Object.keys(feed!)]);
          return state;
        },
      });
    await withLearner({ strategy: compose(part('a'), part('b')) }, (learner) => learner.learn(first, { iterations: 1 }));
    expect(seen).toEqual([
      ['a', 'a', 'fed to a'],
      ['b', 'b', 'fed to b'],
    ]);
  });
});

describe('stageAt', () => {
  const staged = (...shares: number[]) =>
    ({ name: 's', init: () => ({}), stages: shares.map((share, i) => ({ name: `${i}`, share })) }) as AnyStrategy;
  const stagesOf = (strategy: AnyStrategy, iterations: number) =>
    Array.from({ length: iterations }, (_, i) => stageAt(strategy, i, iterations)).join('');

  it('divides the steps by the shares', () => {
    expect(stagesOf(staged(0.5, 0.5), 6)).toBe('000111');
    expect(stagesOf(staged(2 / 3, 1 / 3), 9)).toBe('000000111');
    expect(stagesOf(staged(0.2, 0.3, 0.5), 10)).toBe('0011122222');
  });

  it('gives each stage a step at least, whatever its share', () => {
    expect(stagesOf(staged(0.99, 0.01), 5)).toBe('00001');
    expect(stagesOf(staged(0.01, 0.99), 5)).toBe('01111');
    expect(stagesOf(staged(0, 0, 1), 3)).toBe('012');
    expect(stagesOf(staged(1, 0, 0), 4)).toBe('0012');
  });

  it('is the last one after the last step, and null without stages', () => {
    expect(stageAt(staged(0.5, 0.5), 6, 6)).toBe('1');
    expect(stageAt({ name: 's', init: () => ({}) } as AnyStrategy, 0, 6)).toBeNull();
  });
});
