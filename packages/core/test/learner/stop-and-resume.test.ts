import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { pack, signatureOf } from '../../src/checkpoint/index.js';
import { defineStrategy, Learner, type LearnerOptions, map, memoryStore, reservoir, type StepProgress } from '../../src/index.js';
import type { Tree } from '../../src/strategy/strategy.js';
import { HOW, onCpu, optionsOf, refusal, refused, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

/** Has every kind of state: tensors that move each step, a memory, JSON, stages, a scan. */
const busy = () =>
  defineStrategy({
    name: 'busy',
    stages: [
      { name: 'early', share: 0.5 },
      { name: 'late', share: 0.5 },
    ],
    init: ({ parameters }) => ({
      path: map(tf.zerosLike, parameters),
      memory: reservoir({ capacity: 5 }),
      begun: [] as readonly string[],
      rows: tf.scalar(0),
    }),
    beforeStage: (ctx, state) => ({ ...state, begun: [...state.begun, `${ctx.task.index} ${ctx.stage}`] }),
    scan: { start: () => tf.scalar(0), add: (_ctx, sum, { weight }) => tf.add(sum, tf.sum(weight)) as tf.Scalar },
    afterTask: (_ctx, state, rows) => ({ ...state, rows: tf.add(state.rows, rows) as tf.Scalar }),
    feed: (ctx, { memory }) => {
      const rows = memory.draw(ctx.random, 3);
      return rows && ctx.batch(rows, 3);
    },
    loss: (ctx, _forward, _state, fed) => fed && ctx.loss(ctx.forward(fed.x), fed),
    track: (_ctx, { gradients }, state) => ({ ...state, path: map((sum, name) => tf.add(sum, gradients[name]!), state.path) }),
    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });

const busyOptions = (): LearnerOptions => optionsOf({ strategy: busy() });

async function straightHash(): Promise<string> {
  return withLearner({ strategy: busy() }, async (learner) => {
    for (const task of tasks) await learner.learn(task, HOW);
    return learner.parameterHash();
  });
}

/** Learns a task, stopping after the given step. */
async function stopAfter(learner: Learner, task: (typeof tasks)[number], step: number): Promise<void> {
  const stop = new AbortController();
  const onStep = ({ iteration }: StepProgress) => {
    if (iteration === step) stop.abort();
  };
  await expect(learner.learn(task, { ...HOW, signal: stop.signal, onStep })).rejects.toThrow(/aborted/);
}

describe('a learner that is stopped', () => {
  it('goes on from any step, in the same process', async () => {
    const expected = await straightHash();
    for (let step = 1; step <= 6; step++) {
      const hash = await withLearner({ strategy: busy() }, async (learner) => {
        await stopAfter(learner, first, step);
        expect(learner.progress).toMatchObject({ learned: [], step, current: { iteration: step } });
        for (const task of learner.remaining(tasks)) await learner.learn(task, HOW);
        return learner.parameterHash();
      });
      expect(hash, `stopped after step ${step}`).toBe(expected);
    }
  });

  it('goes on from any checkpoint: at steps, where a stage begins, before and after a task is consolidated', async () => {
    const expected = await straightHash();
    const store = memoryStore();
    await withLearner({ strategy: busy() }, async (learner) => {
      await learner.save(store, 'before');
      for (const task of tasks) {
        await learner.learn(task, { ...HOW, onStep: ({ step }) => learner.save(store, `step${step}`) });
        await learner.save(store, `after${task.index}`);
      }
    });
    for (const name of await store.list()) {
      const learner = await Learner.restore(store, busyOptions(), name);
      for (const task of learner.remaining(tasks)) await learner.learn(task, HOW);
      expect(await learner.parameterHash(), name).toBe(expected);
      learner.dispose();
    }
  });

  it('stops before the first step if it is told before', async () => {
    await withLearner({}, async (learner) => {
      const before = await learner.parameterHash();
      await expect(learner.learn(first, { ...HOW, signal: AbortSignal.abort(new Error('not today')) })).rejects.toThrow('not today');
      expect(await learner.parameterHash()).toBe(before);
      await learner.learn(first, HOW);
      expect(learner.progress.learned.map(({ index }) => index)).toEqual([0]);
    });
  });

  it('that is told at the last step stops before the task is consolidated', async () => {
    const consolidated: number[] = [];
    const consolidates = defineStrategy({
      name: 'consolidates',
      init: () => ({}),
      afterTask: (ctx, state) => {
        consolidated.push(ctx.task.index);
        return state;
      },
    });
    await withLearner({ strategy: consolidates }, async (learner) => {
      await stopAfter(learner, first, 6);
      expect(consolidated).toEqual([]);
      await learner.learn(first, HOW);
      expect(consolidated).toEqual([0]);
    });
  });

  it('stops in the pass after the last step too, which begins anew', async () => {
    const stop = new AbortController();
    let batches = 0;
    const scans = defineStrategy({
      name: 'scans',
      init: () => ({ rows: tf.scalar(0) }),
      scan: {
        start: () => tf.scalar(0),
        add: (_ctx, sum, { weight }) => {
          if (++batches === 2) stop.abort();
          return tf.add(sum, tf.sum(weight)) as tf.Scalar;
        },
      },
      afterTask: (_ctx, _state, rows) => ({ rows }),
      loss: (_ctx, _forward, { rows }) => tf.mul(rows, 0) as tf.Scalar,
    });
    await withLearner({ strategy: scans }, async (learner) => {
      await expect(learner.learn(first, { ...HOW, signal: stop.signal })).rejects.toThrow(/aborted/);
      expect(learner.progress).toMatchObject({ learned: [], current: { iteration: 6, iterations: 6 } });
      await learner.learn(first, HOW);
      expect(learner.progress.learned.length).toBe(1);
      // Two batches in the first try, three in the second.
      expect(batches).toBe(5);
    });
  });

  it('goes on after an error in onStep, with the step taken', async () => {
    const expected = await straightHash();
    const hash = await withLearner({ strategy: busy() }, async (learner) => {
      const onStep = ({ iteration }: StepProgress) => {
        if (iteration === 3) throw new Error('disk full');
      };
      await expect(learner.learn(first, { ...HOW, onStep })).rejects.toThrow('disk full');
      for (const task of learner.remaining(tasks)) await learner.learn(task, HOW);
      return learner.parameterHash();
    });
    expect(hash).toBe(expected);
  });

  it('counts a step that was taken although observing it failed', async () => {
    const failing = defineStrategy({
      name: 'failing',
      init: () => ({}),
      observe: (ctx) => {
        if (ctx.step === 2) throw new Error('no room');
      },
    });
    await withLearner({ strategy: failing }, async (learner) => {
      await expect(learner.learn(first, HOW)).rejects.toThrow('no room');
      expect(learner.progress).toMatchObject({ step: 2, current: { iteration: 2 } });
      await learner.learn(first, HOW);
      const values = valuesOf(learner);
      await withLearner({}, async (plain) => {
        await plain.learn(first, HOW);
        expect(values).toEqual(valuesOf(plain));
      });
    });
  });

  it('waits for a promise of onStep', async () => {
    await withLearner({}, async (learner) => {
      const order: string[] = [];
      const onStep = async ({ iteration }: StepProgress) => {
        order.push(`begin ${iteration}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        order.push(`end ${iteration}`);
      };
      await learner.learn(first, { iterations: 3, batchSize: 8, onStep });
      expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
    });
  });

  it('has the interrupted task first among those that remain, whatever the order', async () => {
    await withLearner({}, async (learner) => {
      expect(learner.remaining(tasks)).toEqual(tasks);
      await stopAfter(learner, second, 2);
      expect(learner.remaining(tasks)).toEqual([second, first]);
      await learner.learn(second, HOW);
      expect(learner.remaining(tasks)).toEqual([first]);
      await learner.learn(first, HOW);
      expect(learner.remaining(tasks)).toEqual([]);
    });
  });

  it('is refused another task or other options before it has finished', async () => {
    await withLearner({}, async (learner) => {
      await stopAfter(learner, first, 2);
      expect(await refusal(learner.learn(second, HOW))).toBe(
        'CL_OPTION learn(): task 0 was interrupted after 2 of 6 steps with batches of 8; received task 1, 6 steps, batches of 8. ' +
          'Finish the interrupted task first, with its own options.',
      );
      expect(await refusal(learner.learn(first, { ...HOW, epochs: 3 }))).toMatch(/received task 0, 9 steps, batches of 8/);
      expect(await refusal(learner.learn(first, { epochs: 2, batchSize: 5 }))).toMatch(/received task 0, 8 steps, batches of 5/);
      expect(await refused(() => learner.grow(1))).toMatch(/CL_MODEL grow\(\): task 0 is in training/);
      await learner.learn(first, HOW);
      expect(await refusal(learner.learn(first, HOW))).toMatch(/CL_OPTION learn\(\): task 0 \('task 1'\) has been learned/);
    });
  });

  it('is disposed once or twice', () => {
    const before = tf.memory().numTensors;
    const learner = new Learner(busyOptions());
    learner.dispose();
    learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a checkpoint', () => {
  it('of a learner that was made otherwise is refused, and leaves nothing behind', async () => {
    const store = memoryStore();
    await withLearner({ strategy: busy() }, (learner) => learner.save(store, 'one'));
    const before = tf.memory().numTensors;
    for (const [options, message] of [
      [{ seed: 2 }, /seed 1, this learner has 2/],
      [{ scenario: 'domain' }, /scenario "class", this learner has "domain"/],
      [{ strategy: defineStrategy({ name: 'idle', init: () => ({}) }) }, /strategies \["busy"\], this learner has \["idle"\]/],
    ] as const) {
      expect(await refusal(Learner.restore(store, { ...busyOptions(), ...options }))).toMatch(message);
    }
    expect(await refusal(Learner.restore(store, busyOptions(), 'two'))).toMatch(/CL_CHECKPOINT .*'two'/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that holds something else than a learner is refused', async () => {
    const model = signatureOf(optionsOf({}).model);
    for (const state of [{ made: null, progress: { learned: [] } }, { made: {}, progress: 3 }, {}] as Tree[]) {
      const store = memoryStore();
      await store.write('odd', await pack(state, model));
      expect(await refusal(Learner.restore(store, optionsOf({})))).toMatch(/CL_CHECKPOINT .*odd: holds no state of a learner/);
    }
  });
});
