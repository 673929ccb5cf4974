import { adam, compose, initialParameters, Learner, momentum, type Optimizer, read, sgd, valueAndGradients } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds } from '../../../testing/toy.js';
import { type Nested, plain, taken, tidied } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { autoencoder, expertGate, gated } from '../src/index.js';
import { fixed, left, net, right } from './joined.js';

strategyContract({
  create: (options) => expertGate({ hidden: 3, ...options }),
  badOptions: [{ hidden: 0 }, { hidden: 1.5 }, { weight: 0 }, { weight: '1' }],
});

beforeAll(useCpu);

const learn = { epochs: 10, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01)];
const learnerOf = (scenario: 'class' | 'task', optimizer: Optimizer = adam(0.02)) =>
  new Learner({ model: mlp({ inputs: 6, hidden: [8], outputs: 6 }), optimizer, scenario, strategy: expertGate({ hidden: 2 }), seed: 3 });

const partOf = (name: string) => Number(/^(?:expert|gate)(\d+)\//.exec(name)?.[1] ?? 0);

describe('gated', () => {
  it('lets the model answer whose gate is smallest, row by row; the first of equals', () => {
    const answers = [
      fixed('a', [
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      fixed('b', [
        [-1, -2],
        [-3, -4],
        [-5, -6],
      ]),
    ];
    const gates = [fixed('p', [[0.1], [0.9], [0.5]]), fixed('q', [[0.2], [0.8], [0.5]])];
    const given = Object.assign({}, ...[...answers, ...gates].map(({ parameters }) => parameters));
    const model = gated(
      answers.map((each) => each.model),
      gates.map((each) => each.model),
    );
    expect(tidied(() => plain(model.apply(given, tf.zeros([3, 1])).outputs))).toEqual([
      [1, 2],
      [-3, -4],
      [5, 6],
    ]);
    const { gradients, ...rest } = valueAndGradients(
      (own) => ({ loss: tf.sum(model.apply(own, tf.zeros([3, 1])).outputs) as Scalar, aux: null }),
      given,
    );
    // Rows that a model answers, and nothing to the gates.
    expect(plain(gradients)).toEqual({
      a: [
        [1, 1],
        [0, 0],
        [1, 1],
      ],
      b: [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
      p: [[0], [0], [0]],
      q: [[0], [0], [0]],
    });
    tf.dispose([gradients, rest.loss, given]);
  });

  it('refuses models without a gate of one output each', () => {
    expect(() => gated([left, right], [net('gate', { outputs: 1 })])).toThrow('one gate of one output for each');
    expect(() => gated([left], [right])).toThrow('one gate of one output for each');
  });
});

describe('an autoencoder', () => {
  it('says the mean squared distance between a row and what it makes of it', () => {
    const model = autoencoder({ inputs: [2], hidden: 1 });
    // h = relu(x₁ + x₂), rebuilt (h, h): (3, 1) becomes (4, 4), off by (1 + 9) / 2; (−1, 0) becomes (0, 0), off by 1 / 2.
    const off = tidied(() => {
      const ones = Object.fromEntries(
        Object.entries(model.parameters).map(([name, { shape }]) => [
          name,
          name.endsWith('kernel') ? tf.ones([...shape]) : tf.zeros([...shape]),
        ]),
      );
      return plain(
        model.apply(
          ones,
          tf.tensor2d([
            [3, 1],
            [-1, 0],
          ]),
        ).outputs,
      );
    });
    expect(off).toEqual([[5], [0.5]]);
  });

  it('takes images as rows', () => {
    const model = autoencoder({ inputs: [4, 4, 2], hidden: 3 });
    expect(tidied(() => model.apply(initialParameters(model, 1), tf.zeros([5, 4, 4, 2])).outputs.shape)).toEqual([5, 1]);
  });
});

describe('where the task must be inferred', () => {
  it('finds the expert by the inputs, and so keeps tasks that fine-tuning forgets', async () => {
    const stream = clouds({ scenario: 'class', tasks: 3, rows: 20 });
    const accuracy = async (learner: Learner) => {
      for (const task of stream.tasks) await learner.learn(task, learn);
      const all = [];
      for (const task of stream.tasks) all.push((await learner.evaluate(task)).accuracy!);
      learner.dispose();
      return all.reduce((a, b) => a + b) / 3;
    };
    const model = mlp({ inputs: 6, hidden: [8], outputs: 6 });
    const plainly = await accuracy(new Learner({ model, optimizer: adam(0.02), scenario: 'class', strategy: compose(), seed: 3 }));
    const gatedly = await accuracy(learnerOf('class'));
    expect(plainly).toBeLessThan(0.4);
    expect(gatedly).toBeGreaterThan(plainly + 0.2);
  });

  it('trains each gate to rebuild the inputs of its task better than the others do', async () => {
    const stream = clouds({ scenario: 'class', tasks: 2, rows: 20 });
    const learner = learnerOf('class');
    for (const task of stream.tasks) await learner.learn(task, learn);
    const parameters = learner.parameters();
    const error = (gate: number, task: number) =>
      tidied(() => {
        const { values } = read(stream.tasks[task]!.test.x as Parameters<typeof read>[0]);
        const rows = tf.tensor2d(values as Float32Array, [stream.tasks[task]!.test.length, 6]);
        const own = Object.fromEntries(
          Object.entries(parameters)
            .filter(([name]) => name.startsWith(`gate${gate}/`))
            .map(([name, value]) => [name.slice(6), value]),
        );
        return tf.mean(autoencoder({ inputs: [6], hidden: 2 }).apply(own, rows).outputs).dataSync()[0]!;
      });
    expect(error(0, 0)).toBeLessThan(error(1, 0));
    expect(error(1, 1)).toBeLessThan(error(0, 1));
    tf.dispose(parameters);
    learner.dispose();
  });
});

describe('where the task is known', () => {
  const stream = clouds({ scenario: 'task', tasks: 3 });

  it.each(OPTIMIZERS)('its expert answers, with the same bits whatever comes after, under $name', async (optimizer) => {
    const learner = learnerOf('task', optimizer);
    const x = tf.randomNormal([16, 6], 0, 1, 'float32', 1);
    const first: Nested[] = [];
    for (const [t, task] of stream.tasks.entries()) {
      const before = taken(learner.parameters());
      await learner.learn(task, { epochs: 2, batchSize: 8 });
      const after = taken(learner.parameters());
      for (const [name, values] of Object.entries(before)) if (partOf(name) < t) expect(after[name], name).toEqual(values);
      const now = stream.tasks.slice(0, t + 1).map((each) => taken({ y: learner.predict(x, { task: each }) }).y!);
      expect(now.slice(0, t)).toEqual(first);
      first.push(now[t]!);
    }
    x.dispose();
    learner.dispose();
  });
});

it('refuses a model of several inputs', () => {
  const model = { ...mlp({ inputs: 6, hidden: [8], outputs: 6 }), inputs: { a: [6], b: [2] } };
  expect(() => new Learner({ model, optimizer: sgd(0.1), scenario: 'class', strategy: expertGate() })).toThrow(
    "'expert-gate' rebuilds the model's input",
  );
});
