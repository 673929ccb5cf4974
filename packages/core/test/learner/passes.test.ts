import * as tf from '@tensorflow/tfjs';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compose, defineStrategy, fromLayers, Learner, momentum, sgd, unitsBehind } from '../../src/index.js';
import { tinyCnn, tinyMlp, tinyStream } from '../../src/testing/index.js';
import { HOW, numbers, onCpu, refused, tasks, valuesOf, withLearner } from './support.js';

onCpu();
const [first, second] = tasks;

describe('where in an epoch a step stands', () => {
  it('is known in training as tensors, and not elsewhere', async () => {
    const seen: (readonly number[] | null)[] = [];
    const watching = defineStrategy({
      name: 'watching',
      init: () => ({}),
      updates(ctx, updates) {
        seen.push(ctx.epoch && [...numbers(ctx.epoch.batch), ...numbers(ctx.epoch.batches)]);
        return updates;
      },
      predict: (ctx, x) => {
        seen.push(ctx.epoch as null);
        return ctx.forward(x);
      },
      claims: ['prediction'],
    });
    await withLearner({ strategy: watching }, async (learner) => {
      // 20 rows: batches of 8, 8 and 4.
      await learner.learn(first, HOW);
      await learner.evaluate(first);
    });
    expect(seen).toEqual([[0, 3], [1, 3], [2, 3], [0, 3], [1, 3], [2, 3], null]);
  });
});

describe('the parameters of a pass', () => {
  it('are what `at` and `effective` see, whoever makes the pass, and are differentiated by', async () => {
    // A unit's gate is its bias.
    const gating = defineStrategy({
      name: 'gating',
      init: () => ({}),
      at: (ctx, site, value) => (site.name === 'dense1' ? tf.mul(value, ctx.parameters['dense1/bias']!) : value),
    });
    const asking = defineStrategy({
      name: 'asking',
      init: () => ({ gradient: null as NamedTensorMap | null }),
      afterTask(ctx) {
        const x = tf.ones([1, 4]);
        const batch = { x, y: tf.tensor1d([0], 'int32'), weight: tf.ones([1]) as tf.Tensor1D, competing: null, extra: {} };
        return { gradient: ctx.gradientsOf(batch, (outputs) => tf.sum(outputs) as Scalar) };
      },
      measure: (_ctx, { gradient }) => ({ size: tf.sum(tf.abs(gradient!['dense1/bias']!)) as Scalar }),
    });
    const measured = await withLearner({ strategy: compose(gating, asking), optimizer: sgd(0) }, async (learner) => {
      await learner.learn(first, { iterations: 1, batchSize: 8 });
      const values = valuesOf(learner);
      const expected = tf.tidy(() => {
        const constant = Object.fromEntries(Object.entries(learner.parameters()));
        const sum = (bias: tf.Tensor) => {
          const parameters = { ...constant, 'dense1/bias': bias };
          const at = (site: { name: string }, value: tf.Tensor) => (site.name === 'dense1' ? tf.mul(value, bias) : value);
          return tf.sum(learner.model.apply(parameters, tf.ones([1, 4]), { at }).outputs) as Scalar;
        };
        return tf.sum(tf.abs(tf.grad(sum)(tf.tensor1d(values['dense1/bias']!)))).dataSync()[0]!;
      });
      expect(expected).toBeGreaterThan(0);
      return { size: learner.measure()['asking.size'], expected };
    });
    expect(measured.size).toBeCloseTo(measured.expected, 5);
  });
});

describe('the task that is asked about', () => {
  it("is told to who wants it in scenario 'task', though not required", async () => {
    const naming = (wants: readonly 'task'[]) =>
      defineStrategy({
        name: 'naming',
        claims: ['prediction'],
        wants,
        init: () => ({}),
        predict: (ctx, x) => tf.add(tf.mul(ctx.forward(x), 0), ctx.task.index),
      });
    const { tasks } = tinyStream({ scenario: 'task' });
    const askedAbout = (wants: readonly 'task'[]) =>
      withLearner({ scenario: 'task', strategy: naming(wants) }, async (learner) => {
        for (const task of tasks) await learner.learn(task, HOW);
        return tf.tidy(() => tasks.map((task) => Math.max(...learner.predict(tf.ones([1, 4]), { task }).dataSync())));
      });
    expect(await askedAbout(['task'])).toEqual([0, 1]);
    expect(await askedAbout([])).toEqual([1, 1]);
  });
});

describe('running statistics', () => {
  const net = () =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [4], units: 5 }),
        tf.layers.batchNormalization(),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.dense({ units: 4 }),
      ],
    });
  const freezing = (from: number) => defineStrategy({ name: 'freezing', init: () => ({}), freezes: ({ past }) => past.length >= from });

  it('stay where a strategy freezes them, and training then normalises by them', async () => {
    const layers = net();
    const { model, parameters } = fromLayers(layers);
    const outputs: number[][] = [];
    const options = { model, parameters, optimizer: momentum(0), strategy: compose(freezing(1)) as never };
    await withLearner(options, async (learner) => {
      const x = tf.ones([3, 4]);
      const outputsNow = () => tf.tidy(() => numbers(learner.predict(x)));
      outputs.push(outputsNow());
      await learner.learn(first, HOW);
      outputs.push(outputsNow());
      await learner.learn(second, HOW);
      outputs.push(outputsNow());
      x.dispose();
    });
    // The rate is 0, so only statistics can have moved; of what competes, the second task's outputs are new.
    expect(outputs[1]!.slice(0, 2)).not.toEqual(outputs[0]!.slice(0, 2));
    expect(outputs[2]!.slice(0, 2)).toEqual(outputs[1]!.slice(0, 2));

    const x = tf.tensor2d([1, 2, 3, 4, 0, 0, 1, 1], [2, 4]);
    const all = { ...parameters };
    const seed = tf.tensor1d([1, 2], 'int32');
    tf.tidy(() => {
      const eager = model.apply(all, x, { training: false });
      const frozen = model.apply(all, x, { training: true, frozen: true });
      expect(numbers(frozen.outputs)).toEqual(numbers(eager.outputs));
      expect(numbers(model.apply(all, x, { training: true }).outputs)).not.toEqual(numbers(eager.outputs));
      // Dropout acts all the same.
      expect(numbers(model.apply(all, x, { training: true, frozen: true, seed }).outputs)).not.toEqual(numbers(eager.outputs));
    });
    tf.dispose([x, seed, parameters]);
    layers.dispose();
  });
});

describe('unitsBehind', () => {
  it('numbers the hidden units, and says which of them each input of a kernel is', () => {
    expect(unitsBehind(tinyMlp({ inputs: 2, hidden: [3, 2] }))).toEqual({
      'dense0/kernel': [5, 5],
      'dense1/kernel': [0, 1, 2],
      'head/kernel': [3, 4],
    });
    // 4 × 4 images halved by the second convolution and flattened: position after position, all channels of each.
    expect(unitsBehind(tinyCnn({ inputs: [4, 4, 1], filters: [2, 3] }))).toEqual({
      'conv0/kernel': [5],
      'conv1/kernel': [0, 1],
      'head/kernel': [2, 3, 4, 2, 3, 4, 2, 3, 4, 2, 3, 4],
    });
  });

  it('refuses inputs that are sums, and models without hidden units', async () => {
    const plain = tinyMlp({ inputs: 2, hidden: [3, 3] });
    const residual: typeof plain = {
      ...plain,
      apply(parameters, x, options = {}) {
        let below: tf.Tensor | null = null;
        return plain.apply(parameters, x, {
          ...options,
          at(site, value) {
            const seen = site.name === 'features' ? tf.add(value, below!) : value;
            const result = options.at ? options.at(site, seen) : seen;
            if (site.name === 'dense0') below = result;
            return result;
          },
        });
      },
    };
    expect(await refused(() => unitsBehind(residual))).toContain("CL_REQUIREMENT 'tiny-mlp' mixes units in the inputs of 'head/kernel'");
    expect(await refused(() => unitsBehind(tinyMlp({ hidden: [] })))).toContain('has no hidden units');
  });
});

describe('measures', () => {
  it('are numbers by strategy, as of a task', async () => {
    const counting = defineStrategy({
      name: 'counting',
      requires: ['task identity'],
      init: () => ({ tasks: 0 }),
      afterTask: (_ctx, { tasks }) => ({ tasks: tasks + 1 }),
      measure: (ctx, { tasks }) => ({ tasks: tf.scalar(tasks), asked: tf.scalar(ctx.task.index) }),
    });
    const { tasks } = tinyStream({ scenario: 'task' });
    const learner = new Learner({ model: tinyMlp(), optimizer: sgd(0.1), scenario: 'task', strategy: counting });
    for (const task of tasks) await learner.learn(task, HOW);
    expect(learner.measure()).toEqual({ 'counting.tasks': 2, 'counting.asked': 1 });
    expect(learner.measure({ task: tasks[0]! })).toEqual({ 'counting.tasks': 2, 'counting.asked': 0 });
    learner.dispose();
    await withLearner({}, (plain) => expect(plain.measure()).toEqual({}));
  });
});
