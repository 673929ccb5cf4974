import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Column, cumulative, defineStrategy, evaluationTasks, joint, Learner, read, regression, taskFree } from '../../src/index.js';
import { tinyMlp, tinyStream } from '../../src/testing/index.js';
import { HOW, numbers, onCpu, optionsOf, refused, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

/** All test inputs of a task. */
const inputs = (task = first): tf.Tensor2D => tf.tensor2d(read(task.test.x as Column).values, [task.test.length, 4]);
const labels = (task = first): number[] => [...read(task.test.y).values];

describe('evaluate', () => {
  it('is the mean over the examples, whatever the size of a batch', async () => {
    await withLearner({}, async (learner) => {
      await learner.learn(first, HOW);
      const whole = await learner.evaluate(first);
      for (const batchSize of [1, 5, 7, 12, 100]) {
        const part = await learner.evaluate(first, { batchSize });
        expect(part.examples).toBe(12);
        expect(part.accuracy).toBeCloseTo(whole.accuracy!, 6);
        expect(part.loss).toBeCloseTo(whole.loss!, 5);
      }
    });
  });

  it('counts right what predict finds, and the loss of its probabilities', async () => {
    await withLearner({}, async (learner) => {
      await learner.learn(first, HOW);
      const { accuracy, loss } = await learner.evaluate(first);
      const { best, losses } = tf.tidy(() => {
        const scores = learner.predict(inputs());
        const log = tf.logSoftmax(scores).arraySync() as number[][];
        return { best: numbers(tf.argMax(scores, 1)), losses: labels().map((label, row) => -log[row]![label]!) };
      });
      expect(accuracy).toBeCloseTo(best.filter((guess, row) => guess === labels()[row]).length / 12, 6);
      expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 12, 5);
    });
  });

  it('changes nothing, also in the middle of training', async () => {
    const disturbed = await withLearner({}, async (learner) => {
      const onStep = async () => {
        await learner.evaluate(first);
        await learner.evaluate(second, { competing: 'all' });
        tf.tidy(() => learner.predict(tf.zeros([1, 4]))).dispose();
      };
      for (const task of tasks) await learner.learn(task, { ...HOW, onStep });
      return valuesOf(learner);
    });
    await withLearner({}, async (learner) => {
      for (const task of tasks) await learner.learn(task, HOW);
      expect(disturbed).toEqual(valuesOf(learner));
    });
  });

  it('before anything is learned lets all outputs compete: nothing is known of them', async () => {
    for (const scenario of ['class', 'task', 'domain', 'free'] as const) {
      await withLearner({ scenario }, async (learner) => {
        const all = await learner.evaluate(second, { competing: 'all' });
        const own = await learner.evaluate(second);
        if (scenario === 'task') expect(own.loss).toBeLessThan(all.loss!);
        else expect(own).toEqual(all);
      });
    }
  });

  it('of a task to come finds nothing where classes seen so far compete, and has no loss, which would be infinite', async () => {
    await withLearner({}, async (learner) => {
      await learner.learn(first, HOW);
      expect(await learner.evaluate(second)).toEqual({ examples: 12, accuracy: 0 });
      expect((await learner.evaluate(second, { competing: 'task' })).loss).toBeGreaterThan(0);
      expect((await learner.evaluate(second, { competing: 'all' })).loss).toBeGreaterThan(0);
      await learner.learn(second, HOW);
      expect((await learner.evaluate(second)).loss).toBeGreaterThan(0);
    });
  });

  it('in another mode is what that scenario would say: fewer rivals, fewer errors', async () => {
    await withLearner({}, async (learner) => {
      for (const task of tasks) await learner.learn(task, HOW);
      const [task, seen, all] = [
        await learner.evaluate(first, { competing: 'task' }),
        await learner.evaluate(first, { competing: 'seen' }),
        await learner.evaluate(first, { competing: 'all' }),
      ];
      expect(task.accuracy).toBeGreaterThanOrEqual(seen.accuracy!);
      expect(task.loss).toBeLessThan(seen.loss!);
      expect(seen).toEqual(all);
    });
  });

  it('reads training examples if asked to', async () => {
    await withLearner({}, async (learner) => {
      expect((await learner.evaluate(first, { on: 'train' })).examples).toBe(20);
    });
  });

  it('has no loss where a strategy predicts in its own way', async () => {
    const constant = defineStrategy({
      name: 'constant',
      claims: ['prediction'],
      init: () => ({}),
      predict: (ctx, x) => tf.tile(tf.tensor2d([[0, 1, 0, 0]]), [(x as tf.Tensor).shape[0]!, ctx.model.outputs / 4]),
    });
    await withLearner({ strategy: constant }, async (learner) => {
      expect(await learner.evaluate(first)).toEqual({ examples: 12, accuracy: 0.5 });
    });
  });

  it('reports the metric of another objective', async () => {
    const targets = { ...first, train: asValues(first.train), test: asValues(first.test) };
    await withLearner({ objective: regression(), scenario: 'domain' }, async (learner) => {
      await learner.learn(targets, HOW);
      const { loss, negativeSquaredError } = await learner.evaluate(targets);
      expect(negativeSquaredError).toBeCloseTo(-loss!, 6);
    });
  });
});

/** Inputs as their own targets. */
const asValues = (data: typeof first.train) => ({ ...data, y: data.x as Column });

describe('predict', () => {
  it('pushes outputs that do not compete far below the others', async () => {
    await withLearner({}, async (learner) => {
      await learner.learn(first, HOW);
      const scores = tf.tidy(() => learner.predict(inputs()).arraySync() as number[][]);
      expect(scores.every((row) => row[2]! < -1e8 && row[3]! < -1e8 && row[0]! > -1e3)).toBe(true);
    });
  });

  it('must be told the task where the scenario knows it, and then lets its classes compete', async () => {
    await withLearner({ scenario: 'task' }, async (learner) => {
      await learner.learn(first, HOW);
      expect(await refused(() => tf.tidy(() => learner.predict(tf.zeros([1, 4]))))).toMatch(
        /^CL_OPTION predict\(\): in scenario 'task' the task/,
      );
      for (const task of tasks) {
        const best = tf.tidy(() => numbers(tf.argMax(learner.predict(inputs(), { task }), 1)));
        expect(best.every((guess) => task.classes.includes(guess))).toBe(true);
      }
    });
  });

  it('tells the task to strategies that need it, and only to them', async () => {
    const seen: string[] = [];
    const asking = (requires: readonly 'task identity'[]) =>
      defineStrategy({
        name: 'asking',
        requires,
        init: () => ({}),
        effective: (ctx, parameters) => {
          seen.push(ctx.task.name);
          return parameters;
        },
      });
    for (const [requires, names] of [
      [['task identity'], ['task 1', 'task 2']],
      [[], ['task 1']],
    ] as const) {
      await withLearner({ scenario: 'task', strategy: asking(requires) }, async (learner) => {
        await learner.learn(first, HOW);
        seen.length = 0;
        for (const task of tasks) await learner.evaluate(task);
        expect([...new Set(seen)]).toEqual(names);
      });
    }
  });

  it('gives tensors that a tidy disposes, like those of any op', async () => {
    await withLearner({}, (learner) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        learner.predict(tf.zeros([1, 4]));
        learner.parameters();
      });
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

describe('derived streams', () => {
  it('joint: one task with all classes, tested task by task', async () => {
    for (const scenario of ['class', 'task', 'domain'] as const) {
      const stream = tinyStream({ scenario });
      const all = joint(stream);
      const options = optionsOf({ scenario, model: tinyMlp({ outputs: stream.outputs }) });
      const learner = new Learner(options);
      for (const task of all.tasks) await learner.learn(task, { epochs: 25, batchSize: 8 });
      for (const task of evaluationTasks(all)) expect((await learner.evaluate(task)).accuracy, scenario).toBeGreaterThan(0.5);
      learner.dispose();
    }
  });

  it('cumulative: each task has the rows of those before', async () => {
    const all = cumulative(tinyStream({ scenario: 'class' }));
    await withLearner({}, async (learner) => {
      for (const task of all.tasks) await learner.learn(task, { epochs: 20, batchSize: 8 });
      expect(learner.progress.step).toBe(20 * 3 + 20 * 5);
      for (const task of evaluationTasks(all)) expect((await learner.evaluate(task)).accuracy).toBeGreaterThan(0.5);
    });
  });

  it('without boundaries: pieces of a stream, in their order, all outputs competing', async () => {
    const stream = taskFree(tinyStream({ scenario: 'class' }), { every: 16 });
    await withLearner({ scenario: stream.scenario }, async (learner) => {
      for (const task of stream.tasks) await learner.learn(task, { batchSize: 8 });
      expect(learner.progress.learned.length).toBe(3);
      for (const task of evaluationTasks(stream)) expect((await learner.evaluate(task)).loss).toBeGreaterThan(0);
    });
  });
});
