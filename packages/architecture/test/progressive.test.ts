import { adam, adamW, Learner, type Model, memoryStore, momentum, type Optimizer, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, weightsAfter } from '../../../testing/toy.js';
import { type Nested, plain, taken, tidied } from '../../../testing/watched.js';
import { cnn, mlp } from '../../models/src/index.js';
import { type ProgressiveOptions, progressive } from '../src/index.js';
import { columnOf, progressiveColumns } from '../src/modules/columns.js';

strategyContract({
  create: (options) => progressive({ ...options }),
  badOptions: [{ adapters: 'yes' }, { form: 'pnn' }],
  goodOptions: [{ adapters: false }, { form: 'avalanche' }, { adapters: false, form: 'avalanche' }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task', tasks: 3 });
const learn = { epochs: 2, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];
const FORMS: readonly ProgressiveOptions[] = [{}, { adapters: false }, { form: 'avalanche' }];

const learnerOf = (
  strategy: ReturnType<typeof progressive>,
  optimizer: Optimizer = momentum(0.05),
  model = mlp({ inputs: 6, hidden: [8, 6], outputs: 6, dropout: 0.2 }),
) => new Learner({ model, optimizer, scenario: 'task', strategy, seed: 3 });

const inputs = () => tf.randomNormal([16, 6], 0, 1, 'float32', 1);

describe('earlier columns', () => {
  it.each(OPTIMIZERS)('answer for their tasks with the same bits whatever comes after, under $name', async (optimizer) => {
    const learner = learnerOf(progressive(), optimizer);
    const x = inputs();
    const first: Nested[] = [];
    for (const [t, task] of stream.tasks.entries()) {
      await learner.learn(task, learn);
      const now = stream.tasks.slice(0, t + 1).map((each) => taken({ y: learner.predict(x, { task: each }) }).y!);
      expect(now.slice(0, t)).toEqual(first);
      first.push(now[t]!);
    }
    x.dispose();
    learner.dispose();
  });

  it('keep the bytes of their parameters while the new one learns', async () => {
    const learner = learnerOf(progressive());
    for (const [t, task] of stream.tasks.entries()) {
      const before = taken(learner.parameters());
      await learner.learn(task, learn);
      const after = taken(learner.parameters());
      for (const [name, values] of Object.entries(before)) {
        if (columnOf(name) < t) expect(after[name], name).toEqual(values);
      }
    }
    // All of the newest has moved.
    const begin = learnerOf(progressive());
    const fresh = taken(begin.parameters());
    for (const name of Object.keys(fresh)) expect(taken(learner.parameters())[name], name).not.toEqual(fresh[name]);
    begin.dispose();
    learner.dispose();
  });
});

describe('a new column', () => {
  it.each(FORMS)('with laterals of zero is a network of its own: %o', (options) => {
    const model = mlp({ inputs: 6, hidden: [8, 6], outputs: 4 });
    const whole = progressiveColumns(model, { count: 3, adapters: true, form: 'paper', ...options });
    const [joined, alone] = tidied(() => {
      const parameters = Object.fromEntries(
        Object.entries(whole.parameters).map(([name, { shape }], i) => [
          name,
          /lateral\d|\/up\//.test(name) ? tf.zeros([...shape]) : tf.randomNormal([...shape], 0, 1, 'float32', i + 1),
        ]),
      );
      const own = Object.fromEntries(Object.keys(model.parameters).map((name) => [name, parameters[`column2/${name}`]!]));
      const x = inputs();
      return [plain(whole.apply(parameters, x).outputs), plain(model.apply(own, x).outputs)];
    });
    expect(joined).toEqual(alone);
  });

  it('reads what earlier columns compute: its answers depend on them', async () => {
    const learner = learnerOf(progressive({ adapters: false }));
    for (const task of stream.tasks.slice(0, 2)) await learner.learn(task, learn);
    const parameters = learner.parameters();
    const outputs = (change: (name: string, value: tf.Tensor) => tf.Tensor) =>
      tidied(() => {
        const changed = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, change(name, value)]));
        return plain(learner.model.apply(changed, inputs()).outputs);
      });
    const asIs = outputs((_, value) => value);
    expect(outputs((name, value) => (name === 'dense0/kernel' ? tf.mul(value, 2) : value))).not.toEqual(asIs);
    // Nothing reads the classifier of another column.
    expect(outputs((name, value) => (name === 'head/kernel' ? tf.mul(value, 2) : value))).toEqual(asIs);
    tf.dispose(parameters);
    learner.dispose();
  });

  it('has the parameters that the paper counts', () => {
    const count = (model: Model) => Object.values(model.parameters).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const model = mlp({ inputs: 6, hidden: [8, 5], outputs: 4 });
    const one = 6 * 8 + 8 + 8 * 5 + 5 + 5 * 4 + 4;
    expect(count(model)).toBe(one);
    // Plain, column k has k matrices beside each kernel but the first: 0 + 1 + 2 of them over three columns.
    expect(count(progressiveColumns(model, { count: 3, adapters: false, form: 'paper' }))).toBe(3 * one + 3 * (8 * 5 + 5 * 4));
    // With adapters: k scalars, V: k·in → in with biases, U: in → out.
    const adapter = (k: number) => k + k * 8 * 8 + 8 + 8 * 5 + (k + k * 5 * 5 + 5 + 5 * 4);
    expect(count(progressiveColumns(model, { count: 3, adapters: true, form: 'paper' }))).toBe(3 * one + adapter(1) + adapter(2));
  });

  it('can be one of a convolutional network, whose V is 1 × 1', async () => {
    const model = cnn({ inputs: [6, 6, 1], filters: [2, 3], hidden: 5, outputs: 4 });
    const { parameters } = progressiveColumns(model, { count: 3, adapters: true, form: 'paper' });
    expect(parameters['column2/conv1/lateral/down/kernel']!.shape).toEqual([1, 1, 4, 2]);
    expect(parameters['column2/conv1/lateral/up/kernel']!.shape).toEqual([3, 3, 2, 3]);
  });
});

it('the first task is plain training, bit for bit', async () => {
  const options = { stream, optimizer: adam(0.01), learn, tasks: 1, dropout: 0.2 };
  expect(await weightsAfter({ ...options, strategy: progressive() })).toEqual(await weightsAfter(options));
});

it('takes no steps in old columns from dropout: a task evaluated twice gives the same', async () => {
  const learner = learnerOf(progressive());
  for (const task of stream.tasks) await learner.learn(task, learn);
  const [a, b] = [await learner.evaluate(stream.tasks[1]!), await learner.evaluate(stream.tasks[1]!)];
  expect(a).toEqual(b);
  learner.dispose();
});

it('is restored in the middle of its third column with the model of one', async () => {
  const store = memoryStore();
  const straight = learnerOf(progressive());
  for (const task of stream.tasks) await straight.learn(task, { ...learn, onStep: () => straight.save(store) });
  const names = await store.list();
  const learner = await Learner.restore(
    store,
    {
      model: mlp({ inputs: 6, hidden: [8, 6], outputs: 6, dropout: 0.2 }),
      optimizer: momentum(0.05),
      scenario: 'task',
      strategy: progressive(),
      seed: 3,
    },
    names.at(-2)!,
  );
  expect(Object.keys(learner.model.parameters).some((name) => columnOf(name) === 2)).toBe(true);
  for (const task of learner.remaining(stream.tasks)) await learner.learn(task, learn);
  expect(await learner.parameterHash()).toBe(await straight.parameterHash());
  learner.dispose();
  straight.dispose();
});

it('refuses a model that does not say how it uses its kernels', () => {
  const whole = mlp({ inputs: 6, hidden: [8], outputs: 6 });
  const parameters = Object.fromEntries(Object.entries(whole.parameters).map(([name, { use: _use, ...spec }]) => [name, spec]));
  expect(() => learnerOf(progressive(), sgd(0.1), { ...whole, parameters })).toThrow(
    "'progressive' must know how layers use their kernels",
  );
});
