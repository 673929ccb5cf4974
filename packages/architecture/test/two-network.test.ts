import {
  adam,
  adamW,
  column,
  dataset,
  initialParameters,
  Learner,
  languageModel,
  momentum,
  type Optimizer,
  type Stream,
  sgd,
  type Task,
} from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds } from '../../../testing/toy.js';
import { plain, taken, tidied } from '../../../testing/watched.js';
import { decoder, language, mlp } from '../../models/src/index.js';
import {
  byConcatenation,
  bySides,
  bySkips,
  features,
  inLine,
  type Join,
  prefixed,
  skipping,
  type TwoNetworkOptions,
  twoNetwork,
} from '../src/index.js';

/** Knowledge first, then alignment, and so on in turn. */
const inTurn = ({ index }: Task) => (index % 2 === 0 ? 'knowledge' : 'alignment');

const badOptions = [{ phase: 'knowledge' }, { alignment: 1 }, { join: 'sides' }];
strategyContract({
  create: (options) => twoNetwork({ phase: inTurn, ...options }),
  badOptions,
  goodOptions: [
    { join: bySkips() },
    { join: byConcatenation() },
    { alignment: ({ outputs }: { outputs: number }) => mlp({ inputs: 4, hidden: [3], outputs }) },
  ],
});
strategyContract({
  name: 'two-network that begins with alignment',
  create: (options) => twoNetwork({ phase: ({ index }) => (index === 0 ? 'alignment' : 'knowledge'), ...options }),
  changesFirstTask: true,
  badOptions,
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'domain', tasks: 4, rows: 20 });
const knowledge = mlp({ inputs: 6, hidden: [8, 7, 5], outputs: 2, dropout: 0.3 });
const OPTIMIZERS: readonly Optimizer[] = [sgd(0.1), momentum(0.05), adam(0.01), adamW({ learningRate: 0.01, weightDecay: 0.1 })];
const small: NonNullable<TwoNetworkOptions['alignment']> = ({ outputs }) => mlp({ inputs: 6, hidden: [4, 3], outputs });
const onFeatures: Partial<TwoNetworkOptions> = { join: inLine(), alignment: ({ outputs }) => mlp({ inputs: 5, hidden: [4], outputs }) };
const JOINS: readonly (readonly [string, Partial<TwoNetworkOptions>])[] = [
  ['sides', { alignment: small }],
  ['skips', { alignment: small, join: bySkips() }],
  ['concatenation', { alignment: small, join: byConcatenation() }],
  ['sequence', onFeatures],
];
const learn = { epochs: 2, batchSize: 8 };

const learnerOf = (optimizer: Optimizer, options: Partial<TwoNetworkOptions> | null, phase: TwoNetworkOptions['phase'] = inTurn) =>
  new Learner({
    model: knowledge,
    optimizer,
    scenario: 'domain',
    seed: 3,
    ...(options && { strategy: twoNetwork({ phase, ...options }) }),
  });

const isAlignment = (name: string) => /^(alignment|join)\//.test(name);

describe.each(JOINS)('joined by %s', (_name, options) => {
  it.each(OPTIMIZERS)('each network stays as it is, bit for bit, while the other learns, under $name', async (optimizer) => {
    const learner = learnerOf(optimizer, options);
    for (const task of stream.tasks) {
      const before = taken(learner.parameters());
      await learner.learn(task, learn);
      const after = taken(learner.parameters());
      for (const [name, values] of Object.entries(before)) {
        if (isAlignment(name) === (inTurn(task) === 'alignment')) continue;
        expect(after[name], `${name} in the ${inTurn(task)} task ${task.index}`).toEqual(values);
      }
      const moved = Object.keys(before).filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));
      expect(moved.length).toBeGreaterThan(0);
    }
    learner.dispose();
  });

  it('the knowledge network learns as if alone, to the bit, whatever is beside it', async () => {
    const [both, alone] = [learnerOf(adam(0.01), options, () => 'knowledge'), learnerOf(adam(0.01), null)];
    for (const task of stream.tasks.slice(0, 2)) for (const learner of [both, alone]) await learner.learn(task, learn);
    const [joint, single] = [taken(both.parameters()), taken(alone.parameters())];
    for (const [name, values] of Object.entries(single)) expect(joint[name], name).toEqual(values);
    const x = tf.randomNormal([5, 6], 0, 1, 'float32', 1);
    expect(taken({ y: both.predict(x) }).y).toEqual(taken({ y: alone.predict(x) }).y);
    x.dispose();
    both.dispose();
    alone.dispose();
  });

  it('alignment reads what the knowledge network has learned since: with other knowledge it says something else', async () => {
    const learner = learnerOf(adam(0.02), options);
    const x = tf.randomNormal([5, 6], 0, 1, 'float32', 1);
    await learner.learn(stream.tasks[0]!, learn);
    await learner.learn(stream.tasks[1]!, learn);
    const before = taken({ y: learner.predict(x) }).y;
    await learner.learn(stream.tasks[2]!, learn);
    expect(taken({ y: learner.predict(x) }).y).not.toEqual(before);
    x.dispose();
    learner.dispose();
  });
});

it('what is learned of knowledge after alignment does not depend on the alignment network, nor on how it is joined', async () => {
  const learned = [];
  for (const [, options] of JOINS) {
    const learner = learnerOf(adam(0.01), options);
    for (const task of stream.tasks.slice(0, 3)) await learner.learn(task, learn);
    learned.push(Object.fromEntries(Object.entries(taken(learner.parameters())).filter(([name]) => !isAlignment(name))));
    learner.dispose();
  }
  for (const other of learned) expect(other).toEqual(learned[0]);
});

describe('side by side', () => {
  const side = prefixed('side', mlp({ inputs: 6, hidden: [4, 3], outputs: 2 }));
  const plainKnowledge = mlp({ inputs: 6, hidden: [8, 7, 5], outputs: 2 });
  const both = bySides()([plainKnowledge, side], { tasks: [], outputs: 2 });

  it('the first layer reads the first, the last the last, through matrices that begin with zeros', () => {
    const added = Object.entries(both.parameters).filter(([name]) => name.startsWith('skip/'));
    expect(added.map(([name, { shape }]) => [name, shape])).toEqual([
      ['skip/side/dense0/kernel', [8, 4]],
      ['skip/side/dense1/kernel', [5, 3]],
    ]);
    const off = tidied(() => {
      const own = initialParameters(both, 1);
      const x = tf.randomNormal([5, 6], 0, 1, 'float32', 1);
      const sum = tf.add(plainKnowledge.apply(own, x).outputs, side.apply(own, x).outputs);
      return tf.max(tf.abs(tf.sub(both.apply(own, x).outputs, sum))).dataSync()[0]!;
    });
    expect(off).toBe(0);
  });

  it('adds U k where it reads', () => {
    const [found, expected] = tidied(() => {
      const own = { ...initialParameters(both, 1), 'skip/side/dense1/kernel': tf.randomNormal([5, 3], 0, 1, 'float32', 4) };
      const x = tf.randomNormal([5, 6], 0, 1, 'float32', 1);
      let state: tf.Tensor | undefined;
      const below = plainKnowledge.apply(own, x, {
        at(site, value) {
          if (site.name === 'dense2') state = value;
          return value;
        },
      }).outputs;
      const above = side.apply(own, x, {
        at: (site, value) =>
          site.name === 'side/dense1'
            ? tf.add(value, tf.matMul(state as tf.Tensor2D, own['skip/side/dense1/kernel'] as tf.Tensor2D))
            : value,
      }).outputs;
      return [plain(both.apply(own, x).outputs), plain(tf.add(below, above))];
    });
    expect(found).toEqual(expected);
  });

  it('is refused without layers to read, or with other places', () => {
    expect(() => bySides()([{ ...plainKnowledge, sites: [] }, side], { tasks: [], outputs: 2 })).toThrow(
      /no sites of kind 'hidden' or 'activation'/,
    );
  });
});

it('refuses a phase that is none, and networks that do not fit', async () => {
  const odd = learnerOf(adam(0.01), {}, (() => 'rest') as never);
  await expect(odd.learn(stream.tasks[0]!, learn)).rejects.toThrow(
    /phase must be 'knowledge' or 'alignment' for each task, received "rest" for task 0/,
  );
  odd.dispose();
  const last: Join = (networks) => networks.at(-1)!;
  expect(() => learnerOf(adam(0.01), { join: last, alignment: () => mlp({ inputs: 6, outputs: 3 }) })).toThrow(
    /have 3 outputs, the knowledge network has 2/,
  );
});

describe('a language model that learns from text, and then to answer', () => {
  const [vocabulary, sequence] = [12, 8];
  const texts = decoder({ layout: 'gpt2', vocabulary, sequence, width: 16, layers: 2, heads: 2, dropout: 0, head: language() });
  const answers = () => decoder({ layout: 'gpt2', vocabulary, sequence, width: 8, layers: 1, heads: 2, dropout: 0, head: language() });
  /** Rows of a rule for the next token; answers are asked of the second half only. */
  const rows = (next: (token: number) => number, half: boolean) => {
    const ids = Array.from({ length: 24 }, (_, i) => {
      const row = [i % vocabulary];
      while (row.length < sequence) row.push(next(row.at(-1)!));
      return row;
    });
    const flat = Int32Array.from(ids.flat());
    const y = flat.map((id, i) => (half && i % sequence < sequence / 2 ? -100 : id));
    const mask = new Int32Array(flat.length).fill(1);
    return dataset({ ids: column(flat, [sequence]), mask: column(mask, [sequence]) }, column(y, [sequence]));
  };
  const [up, down, twice] = [
    (t: number) => (t + 1) % vocabulary,
    (t: number) => (t + vocabulary - 1) % vocabulary,
    (t: number) => (t * 2 + 1) % vocabulary,
  ];
  const taskOf = (index: number, name: string, data: ReturnType<typeof rows>): Stream['tasks'][number] => ({
    index,
    name,
    classes: [],
    train: data,
    test: data,
  });
  const tasks = [
    taskOf(0, 'text up', rows(up, false)),
    taskOf(1, 'chat down', rows(down, true)),
    taskOf(2, 'text twice', rows(twice, false)),
  ];

  it('keeps its alignment while knowledge goes on, and its knowledge while alignment does', async () => {
    const learner = new Learner({
      model: texts,
      objective: languageModel(),
      optimizer: adam(0.01),
      scenario: 'domain',
      seed: 1,
      strategy: twoNetwork({ alignment: answers, phase: ({ name }) => (name.startsWith('chat') ? 'alignment' : 'knowledge') }),
    });
    const loss = async (i: number) => (await learner.evaluate(tasks[i]!)).loss;
    await learner.learn(tasks[0]!, { epochs: 30, batchSize: 8 });
    expect(await loss(0)).toBeLessThan(0.2);
    const knowledge = Object.fromEntries(Object.entries(taken(learner.parameters())).filter(([name]) => !isAlignment(name)));
    const untaught = await loss(1);
    await learner.learn(tasks[1]!, { epochs: 60, batchSize: 8 });
    expect(await loss(1)).toBeLessThan(0.3);
    expect(untaught).toBeGreaterThan(2);
    const now = taken(learner.parameters());
    for (const [name, values] of Object.entries(knowledge)) expect(now[name], name).toEqual(values);
    await learner.learn(tasks[2]!, { epochs: 1, batchSize: 8 });
    for (const [name, values] of Object.entries(now).filter(([name]) => isAlignment(name)))
      expect(taken(learner.parameters())[name], name).toEqual(values);
    learner.dispose();
  }, 120_000);
});

it('a skip leads from each place of a sequence to the same place', () => {
  const size = { layout: 'gpt2', vocabulary: 7, sequence: 5, width: 4, layers: 1, heads: 2, head: language() } as const;
  const [from, to] = [features(prefixed('from', decoder(size))), prefixed('to', decoder(size))];
  const model = skipping(to, { from, into: 'to/head/preactivation' });
  const moved = tidied(() => {
    const own = initialParameters(model, 1);
    const x = { ids: tf.tensor2d([[1, 2, 3, 4, 5]], [1, 5], 'int32') };
    const kernel = tf.randomNormal([4, 7], 0, 1, 'float32', 3);
    const after = model.apply({ ...own, 'skip/to/head/preactivation/kernel': kernel }, x).outputs;
    const read = tf.reshape(from.apply(own, x).outputs, [5, 4]) as tf.Tensor2D;
    const expected = tf.add(to.apply(own, x).outputs, tf.reshape(tf.matMul(read, kernel as tf.Tensor2D), [1, 5, 7]));
    return tf.max(tf.abs(tf.sub(after, expected))).dataSync()[0]!;
  });
  expect(moved).toBeLessThan(1e-5);
});
