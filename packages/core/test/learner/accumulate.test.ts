import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyStrategy,
  adam,
  compose,
  concatBatches,
  defineStrategy,
  distillation,
  dot,
  drawBatch,
  Learner,
  type LearnerOptions,
  type LearnOptions,
  map,
  memoryStore,
  reservoir,
  type Seen,
  sgd,
  type TaskData,
  tokenClassification,
  zip,
} from '../../src/index.js';
import { clipped } from '../../src/optimizer/clip.js';
import { tinyTagger, tinyTokens } from '../../src/testing/index.js';
import { expectClose, numbers, onCpu, optionsOf, refusal, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const rehearsing = () =>
  defineStrategy({
    name: 'rehearsing',
    init: () => ({ memory: reservoir({ capacity: 12 }) }),
    feed: (ctx, { memory }) => drawBatch(ctx, memory, 6),
    batch: (_ctx, batch, _state, feed) => (feed ? concatBatches(batch, feed) : batch),
    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
const penalty = defineStrategy({
  name: 'penalty',
  init: () => ({}),
  loss: (ctx) => tf.mul<tf.Scalar>(0.05, dot(ctx.parameters, ctx.parameters)),
});
const distilling = defineStrategy({
  name: 'distilling',
  init: ({ parameters }) => ({ teacher: map(tf.clone, parameters) }),
  loss: (ctx, { batch, outputs }, { teacher }) => distillation(outputs, ctx.forward(batch.x, teacher), batch.weight, { temperature: 2 }),
});
/** Sums up the gradients of the task alone, and of the whole loss. */
const tracking = defineStrategy({
  name: 'tracking',
  init: ({ parameters }) => ({ task: map(tf.zerosLike, parameters), whole: map(tf.zerosLike, parameters) }),
  track: (_ctx, { gradients, taskGradients }, { task, whole }) => ({
    task: zip(tf.add, task, taskGradients()),
    whole: zip(tf.add, whole, gradients),
  }),
});

/** The parameters after both tasks. */
async function learned(options: Partial<LearnerOptions>, how: LearnOptions, stream: readonly TaskData[] = tasks) {
  return withLearner(options, async (learner) => {
    const losses: number[] = [];
    for (const task of stream) await learner.learn(task, { ...how, onStep: ({ loss }) => void losses.push(loss) });
    return { ...valuesOf(learner), losses };
  });
}

describe('micro-batches', () => {
  it.each<[string, () => AnyStrategy]>([
    ['alone', () => compose()],
    ['with rows from a memory', rehearsing],
    ['with a penalty', () => penalty],
    ['with a teacher, and steps that are tracked', () => compose(distilling, tracking)],
    ['with all of that', () => compose(rehearsing(), penalty, tracking)],
  ])('make the step of the batch as a whole: %s', async (_, strategy) => {
    // 20 rows in batches of 8: the last one has padding, and 3 parts of 8 rows (or 14) do not come out even.
    const run = (accumulate: number) => learned({ strategy: strategy(), optimizer: sgd(0.1) }, { epochs: 2, batchSize: 8, accumulate });
    const [whole, ...parts] = [await run(1), await run(2), await run(3), await run(8)];
    for (const part of parts) expectClose(part, whole, 5);
  });

  it('weigh as much as they have tokens with a target', async () => {
    const data = (seed: number) => tinyTokens({ rows: 20, labels: [0, 1, 2, 3], seed });
    const task: TaskData = { index: 0, name: 'tags', classes: [0, 1, 2, 3], train: data(1), test: data(2) };
    const options = { model: tinyTagger(), objective: tokenClassification(), scenario: 'domain', optimizer: sgd(0.3) } as const;
    const run = (accumulate: number) => learned(options, { epochs: 3, batchSize: 8, accumulate }, [task]);
    expectClose(await run(4), await run(1), 5);
  });

  it('are added up before they are clipped', async () => {
    const run = (accumulate: number) => learned({ clipNorm: 0.1, optimizer: sgd(0.5) }, { epochs: 2, batchSize: 8, accumulate });
    expectClose(await run(4), await run(1), 5);
  });

  it('are one step to hooks: fed, tracked and observed once, with the outputs of all rows', async () => {
    const run = async (accumulate: number) => {
      const seen: Seen[] = [];
      let fed = 0;
      const watcher = defineStrategy({
        name: 'watcher',
        wants: ['outputs'],
        init: () => ({ steps: tf.scalar(0) }),
        feed: () => {
          fed++;
          return null;
        },
        track: (_ctx, _result, { steps }) => ({ steps: tf.add(steps, 1) as tf.Scalar }),
        measure: (_ctx, { steps }) => ({ steps: tf.clone(steps) }),
        observe: (_ctx, what) => void seen.push(what),
      });
      await withLearner({ strategy: watcher, optimizer: sgd(0) }, async (learner) => {
        await learner.learn(tasks[0], { epochs: 1, batchSize: 8, accumulate });
        expect([fed, learner.measure()['watcher.steps'], learner.progress.step]).toEqual([3, 3, 3]);
      });
      return Object.fromEntries(seen.map(({ outputs }, i) => [`step ${i}`, [...outputs!.values]]));
    };
    expectClose(await run(3), await run(1), 5);
  });

  it('are never in a checkpoint: saved after any step, training goes on bit for bit', async () => {
    const options = optionsOf({ strategy: compose(rehearsing(), penalty), optimizer: adam(0.01), clipNorm: 1 });
    const again = () => ({ ...options, strategy: compose(rehearsing(), penalty) });
    const how = { epochs: 2, batchSize: 8, accumulate: 3 };
    const store = memoryStore();
    const straight = await withLearner(again(), async (learner) => {
      await learner.learn(tasks[0], { ...how, onStep: async ({ step }) => (step === 2 ? learner.save(store) : undefined) });
      return learner.parameterHash();
    });
    const resumed = await Learner.restore(store, again());
    await resumed.learn(tasks[0], how);
    expect(await resumed.parameterHash()).toBe(straight);
    resumed.dispose();
  });

  it('leave the learner as it was when one of them is not finite', async () => {
    const broken = defineStrategy({ name: 'broken', init: () => ({}), loss: () => tf.scalar(Number.NaN) });
    await withLearner({ strategy: broken }, async (learner) => {
      const before = await learner.parameterHash();
      const refused = async () => expect(await refusal(learner.learn(tasks[0], { batchSize: 8, accumulate: 2 }))).toMatch(/^CL_NOT_FINITE/);
      await refused();
      expect([await learner.parameterHash(), learner.progress.step]).toEqual([before, 0]);
      // From a task's first step to its end, a learner has what its batches have in common: no more after another attempt.
      const tensors = tf.memory().numTensors;
      await refused();
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });

  it('are refused in numbers that cannot be, and with running statistics', async () => {
    await withLearner({}, async (learner) => {
      expect(await refusal(learner.learn(tasks[0], { accumulate: 0 }))).toMatch(/^CL_OPTION learn.* accumulate must be a whole number/);
    });
    const model = {
      ...optionsOf().model,
      buffers: { mean: { shape: [1], initializer: 'zeros', role: 'trunk' } },
    } as LearnerOptions['model'];
    await withLearner({ model }, async (learner) => {
      expect(await refusal(learner.learn(tasks[0], { accumulate: 2 }))).toMatch(/^CL_OPTION .*running statistics/);
    });
  });
});

describe('clipNorm', () => {
  it('makes gradients as long as they may be, all together, and leaves shorter ones alone', () => {
    tf.tidy(() => {
      const gradients = { a: tf.tensor1d([3, 0]), b: tf.tensor1d([4]) };
      const [short, same] = [clipped(gradients, 1), clipped(gradients, 6)];
      expectClose(map2(short), { a: [0.6, 0], b: [0.8] }, 5);
      expect(map2(same)).toEqual({ a: [3, 0], b: [4] });
      expect(map2(clipped({ a: tf.zeros([2]) }, 1))).toEqual({ a: [0, 0] });
      return [];
    });
    function map2(tensors: tf.NamedTensorMap) {
      return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, numbers(tensor)]));
    }
  });

  it('bounds a step, before strategies change gradients', async () => {
    const lengths: number[] = [];
    const doubling = defineStrategy({
      name: 'doubling',
      init: () => ({}),
      gradients(_ctx, gradients) {
        lengths.push(Math.sqrt(numbers(dot(gradients, gradients))[0]!));
        return map((gradient) => tf.mul(gradient, 2), gradients);
      },
    });
    await withLearner({ strategy: doubling, clipNorm: 0.01, optimizer: sgd(1) }, async (learner) => {
      const before = valuesOf(learner);
      await learner.learn(tasks[0], { iterations: 1, batchSize: 8 });
      const after = valuesOf(learner);
      const moved = Object.keys(after).flatMap((name) => after[name]!.map((value, i) => value - before[name]![i]!));
      expect(lengths[0]).toBeCloseTo(0.01, 4);
      expect(Math.hypot(...moved)).toBeCloseTo(0.02, 4);
    });
  });

  it('is refused where it is no length', async () => {
    expect(await refusal(Promise.resolve().then(() => new Learner(optionsOf({ clipNorm: 0 }))))).toMatch(/^CL_OPTION .*clipNorm/);
  });
});
