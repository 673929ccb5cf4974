import { type AnyStrategy, adam, adamW, compose, initialParameters, Learner, momentum, type Optimizer, type Stream, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds } from '../../../testing/toy.js';
import { type Nested, taken } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { replay } from '../../replay/src/index.js';
import { byConcatenation, byVote, type ModularOptions, modular, prefixed } from '../src/index.js';

const badOptions = [{ join: 'vote' }, { module: 1 }];
strategyContract({
  create: (options) => modular({ ...options }),
  badOptions,
  goodOptions: [{ join: 'majority' }, { join: 'skips' }, { join: byVote({ rule: 'soft' }) }],
});
strategyContract({ name: 'modular that votes', create: (options) => modular({ join: 'soft', ...options }), badOptions });
strategyContract({
  name: 'modular with a classifier on all features',
  create: (options) => modular({ join: 'concatenation', ...options }),
  changesFirstTask: true,
  badOptions,
});

beforeAll(useCpu);

const learn = { epochs: 2, batchSize: 8 };
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];
const base = mlp({ inputs: 6, hidden: [8, 5], outputs: 6, dropout: 0.2 });
/** In sequence, a module reads the five features of the one before. */
const onFeatures: ModularOptions = { join: 'sequence', module: () => mlp({ inputs: 5, hidden: [7, 5], outputs: 6 }) };
const JOINED: readonly ModularOptions[] = [
  {},
  { join: 'soft' },
  { join: 'majority' },
  { join: 'concatenation' },
  { join: 'skips' },
  onFeatures,
];

const learnerOf = (
  strategy: AnyStrategy,
  { scenario = 'task', optimizer = momentum(0.05) }: { scenario?: Stream['scenario']; optimizer?: Optimizer } = {},
) => new Learner({ model: base, optimizer, scenario, strategy, seed: 3 });

const partOf = (name: string) => Number(/^(?:module|join)(\d+)\//.exec(name)?.[1] ?? 0);

describe('where the task is known', () => {
  const stream = clouds({ scenario: 'task', tasks: 3 });

  /** What was answered for each task when it was learned, and at the end. */
  async function answers(strategy: AnyStrategy, optimizer: Optimizer): Promise<[Nested[], Nested[]]> {
    const learner = learnerOf(strategy, { optimizer });
    const x = tf.randomNormal([16, 6], 0, 1, 'float32', 1);
    const ask = (task: (typeof stream.tasks)[number]) => taken({ y: learner.predict(x, { task }) }).y!;
    const first: Nested[] = [];
    for (const task of stream.tasks) {
      await learner.learn(task, learn);
      first.push(ask(task));
    }
    const end = stream.tasks.map(ask);
    x.dispose();
    learner.dispose();
    return [first, end];
  }

  it.each(JOINED)('a task keeps its answers bit for bit, however modules are joined: %o', async (options) => {
    const [first, end] = await answers(modular(options), adam(0.01));
    expect(end).toEqual(first);
    expect(new Set(end.map((each) => JSON.stringify(each))).size).toBe(3);
  });

  it.each(OPTIMIZERS)('earlier modules and joins keep their bytes under $name', async (optimizer) => {
    const learner = learnerOf(modular({ join: 'concatenation' }), { optimizer });
    for (const [t, task] of stream.tasks.entries()) {
      const before = taken(learner.parameters());
      await learner.learn(task, learn);
      const after = taken(learner.parameters());
      for (const [name, values] of Object.entries(before)) {
        if (partOf(name) < t) expect(after[name], name).toEqual(values);
      }
    }
    learner.dispose();
  });

  it('alone, each module is what a network of its own would be, bit for bit', async () => {
    const model = mlp({ inputs: 6, hidden: [8, 5], outputs: 6 });
    const options = { model, optimizer: adam(0.01), scenario: 'task', slots: 'reset', seed: 3 } as const;
    const many = new Learner({ ...options, strategy: modular() });
    for (const task of stream.tasks.slice(0, 2)) await many.learn(task, learn);
    // Start values depend on the name.
    const drawn = initialParameters(prefixed('module1', model), 3);
    const one = new Learner({
      ...options,
      parameters: Object.fromEntries(Object.entries(drawn).map(([name, value]) => [name.slice('module1/'.length), value])),
    });
    tf.dispose(drawn);
    await one.learn(stream.tasks[1]!, learn);
    const [all, own] = [taken(many.parameters()), taken(one.parameters())];
    for (const [name, values] of Object.entries(own)) expect(all[`module1/${name}`], name).toEqual(values);
    many.dispose();
    one.dispose();
  });
});

describe('where the task must be inferred', () => {
  const stream = clouds({ scenario: 'class', tasks: 3, rows: 20 });

  async function accuracy(strategy: AnyStrategy): Promise<number> {
    const learner = learnerOf(strategy, { scenario: 'class', optimizer: adam(0.02) });
    for (const task of stream.tasks) await learner.learn(task, { epochs: 10, batchSize: 8 });
    let sum = 0;
    for (const task of stream.tasks) sum += (await learner.evaluate(task)).accuracy!;
    learner.dispose();
    return sum / stream.tasks.length;
  }

  it('a module alone is refused', () => {
    expect(() => learnerOf(modular(), { scenario: 'class' })).toThrow(/'modular' needs task identity/);
  });

  it('modules that vote know more than the last one, which knows a third; and two votes of one rule are one', async () => {
    const [none, soft, majority] = [
      await accuracy(compose() as unknown as AnyStrategy),
      await accuracy(modular({ join: 'soft' })),
      await accuracy(modular({ join: 'majority' })),
    ];
    expect(none).toBeLessThan(0.4);
    expect(soft).toBeGreaterThan(none + 0.1);
    // Each module votes for a class of its own, so all votes are ties, and the surest wins, but where both are as sure as a float can be.
    expect(Math.abs(majority - soft)).toBeLessThan(0.05);
  });

  it('a classifier on all features needs old examples, and with them is good', async () => {
    const alone = await accuracy(modular({ join: 'concatenation' }));
    const both = await accuracy(compose(modular({ join: byConcatenation() }), replay({ capacity: 60 })) as unknown as AnyStrategy);
    expect(alone).toBeLessThan(0.45);
    expect(both).toBeGreaterThan(0.7);
  });
});

it('in domains, modules of the same classes vote: each counts by its probabilities', async () => {
  const stream = clouds({ scenario: 'domain', tasks: 2 });
  const model = mlp({ inputs: 6, hidden: [8], outputs: 2 });
  const learner = new Learner({ model, optimizer: adam(0.02), scenario: 'domain', strategy: modular({ join: 'soft' }), seed: 3 });
  for (const task of stream.tasks) await learner.learn(task, learn);
  const x = tf.randomNormal([16, 6], 0, 1, 'float32', 1);
  const off = tf.tidy(() => {
    const parameters = learner.parameters();
    const [first, second] = [model, prefixed('module1', model)].map((module) =>
      tf.softmax(module.apply(parameters, x).outputs as tf.Tensor2D),
    );
    const mean = tf.div(tf.add(first!, second!), 2);
    return tf.max(tf.abs(tf.sub(tf.exp(learner.predict(x)), mean))).dataSync()[0]!;
  });
  expect(off).toBeLessThan(1e-5);
  x.dispose();
  learner.dispose();
});

it('gives the maker of modules the model, the task and the modules so far', async () => {
  const stream = clouds({ scenario: 'task', tasks: 3 });
  const asked: string[] = [];
  const learner = learnerOf(
    modular({
      module(model, task, earlier) {
        asked.push(`${task.index}: ${earlier.length} before, of ${model.outputs} outputs`);
        return mlp({ inputs: 6, hidden: [2 + task.index], outputs: 6 });
      },
    }),
  );
  for (const task of stream.tasks) await learner.learn(task, learn);
  expect(new Set(asked)).toEqual(new Set(['1: 1 before, of 6 outputs', '2: 2 before, of 6 outputs']));
  expect(learner.model.parameters['module2/dense0/kernel']!.shape).toEqual([6, 4]);
  learner.dispose();
});

it('refuses modules that do not fit together', async () => {
  const stream = clouds({ scenario: 'task', tasks: 2 });
  const learner = learnerOf(modular({ module: () => mlp({ inputs: 6, hidden: [4], outputs: 2 }) }));
  await learner.learn(stream.tasks[0]!, learn);
  await expect(learner.learn(stream.tasks[1]!, learn)).rejects.toThrow(/have 2 outputs, the learner's model has 6/);
  expect(learner.progress.learned).toHaveLength(1);
  learner.dispose();
});
