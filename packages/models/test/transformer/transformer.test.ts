import { adam, classification, column, custom, dataset, initialParameters, Learner, maskedLanguageModel, type Site, sgd } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { places, useCpu } from '../../../../testing/places.js';
import { classifier, decoder, encoder, type Head, language, sentences, type Transformer, tokens } from '../../src/index.js';

beforeAll(useCpu);

const size = { vocabulary: 11, sequence: 5, positions: 6, width: 8, layers: 2, heads: 2, feedForward: 12 };
const bert = (head: Head, dropout = 0) => encoder({ ...size, dropout, head });
const gpt2 = (head: Head, dropout = 0) => decoder({ ...size, layout: 'gpt2', dropout, head });
const llama = (head: Head) => decoder({ ...size, layout: 'llama', heads: 4, keyHeads: 2, head });
const all: readonly (readonly [string, (head: Head) => Transformer])[] = [
  ['encoder', bert],
  ['gpt2', gpt2],
  ['llama', llama],
];

const ids = (...rows: number[][]): Tensor2D => tf.tensor2d(rows, undefined, 'int32');
const numbers = (tensor: Tensor): number[] => [...tensor.dataSync()];
/** Weights large enough for every part to matter. */
const drawn = (model: Transformer): NamedTensorMap =>
  Object.fromEntries(
    Object.entries(initialParameters(model, 1)).map(([name, value]) => [name, name.endsWith('kernel') ? tf.mul(value, 10) : value]),
  );
const run = (model: Transformer, parameters: NamedTensorMap, x: { ids: Tensor2D; mask?: Tensor2D }, options = {}) =>
  model.apply(parameters, x, options).outputs;

describe.each(all)('%s', (_, make) => {
  it('passes the sites that it declares, in their order and with their units', () => {
    for (const head of [
      tokens({ outputs: [3, 2] }),
      language(),
      language({ tied: false }),
      classifier({ outputs: 3, pooling: 'mean' }),
      sentences(),
    ]) {
      const model = make(head);
      const seen: Site[] = [];
      const at = (site: Site, value: Tensor) => {
        seen.push(site);
        expect(value.shape.at(-1), site.name).toBe(site.units);
        return value;
      };
      const outputs = run(model, initialParameters(model, 1), { ids: ids([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]) }, { at });
      expect(outputs.shape.at(-1)).toBe(model.outputs);
      expect(seen).toEqual(model.sites);
      for (const { feeds = [], fedBy = [], units } of model.sites) {
        for (const name of feeds) expect(model.parameters[name]!.shape.at(-2), name).toBe(units);
        for (const name of fedBy) expect(model.parameters[name]!.shape.at(-1), name).toBe(units);
      }
    }
  });

  it('has an input and a pre-activation for each dense layer', () => {
    const model = make(tokens({ outputs: 3 }));
    const kernels = Object.keys(model.parameters).filter((name) => model.parameters[name]!.use);
    for (const kernel of kernels) {
      expect(model.sites.filter(({ kind, feeds }) => kind === 'input' && feeds?.includes(kernel))).toHaveLength(1);
      expect(model.sites.filter(({ kind, fedBy }) => kind === 'preactivation' && fedBy?.includes(kernel))).toHaveLength(1);
    }
  });

  it('does not see padding, nor rows of nothing else', () => {
    const model = make(classifier({ outputs: 3, pooling: 'mean' }));
    const parameters = drawn(model);
    const alone = run(model, parameters, { ids: ids([1, 2, 3]) });
    const mask = ids([1, 1, 1, 0, 0], [0, 0, 0, 0, 0]);
    const padded = numbers(run(model, parameters, { ids: ids([1, 2, 3, 9, 4], [1, 1, 1, 1, 1]), mask }));
    expectClose(padded.slice(0, 3), numbers(alone), { abs: 1e-5, rel: 1e-5 });
    expect(padded.every(Number.isFinite)).toBe(true);
  });

  it('silences a head at its site', () => {
    const model = make(sentences());
    const [heads] = model.sites.filter(({ kind }) => kind === 'heads');
    const count = heads!.heads!;
    const gate = tf.tensor1d(Array.from({ length: heads!.units }, (_, i) => (i < heads!.units / count ? 0 : 1)));
    const at = (site: Site, value: Tensor) => (site.name === heads!.name ? tf.mul(value, gate) : value);
    const parameters = drawn(model);
    // Without the rows of the first head in the kernel that leads back.
    const kernel = 'layer0/attention/output/kernel';
    const without = { ...parameters, [kernel]: tf.mul(parameters[kernel]!, tf.expandDims(gate, 1)) };
    const x = { ids: ids([1, 2, 3, 4, 5]) };
    expectClose(numbers(run(model, parameters, x, { at })), numbers(run(model, without, x)), { abs: 1e-6, rel: 1e-6 });
    expect(numbers(run(model, parameters, x, { at }))).not.toEqual(numbers(run(model, parameters, x)));
  });
});

describe.each(all.slice(1))('%s, a decoder', (_, make) => {
  it('does not look ahead', () => {
    const model = make(language());
    const parameters = drawn(model);
    const [first, second] = [ids([1, 2, 3, 4, 5]), ids([1, 2, 3, 9, 7])].map((x) => run(model, parameters, { ids: x }));
    const early = (y: Tensor) => numbers(tf.slice(y, [0, 0, 0], [1, 3, 11]));
    expect(early(first!)).toEqual(early(second!));
    expect(numbers(first!)).not.toEqual(numbers(second!));
  });

  it('reads the last token, and refuses to classify by the first, which sees no other', () => {
    const model = make(classifier({ outputs: 3, pooling: 'last' }));
    const parameters = drawn(model);
    const [alone, padded] = [
      run(model, parameters, { ids: ids([1, 2, 3]) }),
      run(model, parameters, { ids: ids([1, 2, 3, 9, 9]), mask: ids([1, 1, 1, 0, 0]) }),
    ];
    expectClose(numbers(padded!), numbers(alone!), { abs: 1e-5, rel: 1e-5 });
    expect(() => make(classifier({ outputs: 3 }))).toThrow(/sees no other/);
  });
});

it('shares keys and values among heads as if they were repeated', () => {
  const shared = llama(sentences());
  const parameters = drawn(shared);
  const own = decoder({ ...size, layout: 'llama', heads: 4, head: sentences() });
  // Each of two heads of size 2, twice.
  const repeated = (kernel: Tensor) => {
    const [first, second] = tf.split(kernel, 2, 1) as [Tensor, Tensor];
    return tf.concat([first, first, second, second], 1);
  };
  const wide = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, /attention\/(key|value)/.test(name) ? repeated(value) : value]),
  );
  const x = { ids: ids([1, 2, 3, 4, 5]) };
  expectClose(numbers(run(own, wide, x)), numbers(run(shared, parameters, x)), { abs: 1e-6, rel: 1e-5 });
});

it.each([
  ['encoder', bert],
  ['gpt2', gpt2],
] as const)('%s drops by the seed, in training only', (_, make) => {
  const model = make(sentences(), 0.3);
  const parameters = drawn(model);
  const x = { ids: ids([1, 2, 3, 4, 5]) };
  const seeded = (a: number) => numbers(run(model, parameters, x, { training: true, seed: tf.tensor1d([a, 1], 'int32') as Tensor1D }));
  expect(seeded(1)).toEqual(seeded(1));
  expect(seeded(1)).not.toEqual(seeded(2));
  expect(numbers(run(model, parameters, x))).toEqual(numbers(run(make(sentences()), parameters, x)));
});

it('refuses what no transformer can be made of', () => {
  expect(() => encoder({ ...size, heads: 3, head: sentences() })).toThrow(/heads must divide the width, 8/);
  for (const outputs of [undefined, null, {}, [], [0], true])
    expect(() => tokens({ outputs: outputs as never })).toThrow(/^tokens\(.*outputs must be a whole number of at least 1/);
  expect(() => encoder({ ...size, sequence: 7, head: sentences() })).toThrow(/6 positions/);
  expect(() => encoder({ ...size, dropout: 1, head: sentences() })).toThrow(/dropout/);
  expect(() => encoder({ ...size, witdh: 3, head: sentences() } as never)).toThrow(/witdh/);
  expect(() => decoder({ ...size, layout: 'gpt2', keyHeads: 1, head: sentences() })).toThrow(/gpt2/);
  expect(() => decoder({ ...size, layout: 'llama', heads: 8, head: sentences() })).toThrow(/even size/);
  expect(() => decoder({ ...size, layout: 'llama', keyHeads: 3, head: sentences() })).toThrow(/keyHeads must divide/);
  const model = bert(sentences());
  expect(() => run(model, initialParameters(model, 1), { ids: ids([1, 2, 3, 4, 5, 6, 7]) })).toThrow(
    /6 positions, received a sequence of 7/,
  );
});

/** Which of two words a text has: an embedding, attention and pooling away. */
function whichWord() {
  const rows = Array.from({ length: 64 }, (_, i) =>
    Array.from({ length: 5 }, (_, k) => (k === i % 5 ? 1 + (i % 2) : 3 + ((i * 7 + k) % 8))),
  );
  const masks = rows.map((_, i) => [1, 1, 1, 1, i % 5 === 4 ? 1 : i % 3 === 0 ? 0 : 1]);
  const data = dataset(
    { ids: column(Int32Array.from(rows.flat()), [5]), mask: column(Int32Array.from(masks.flat()), [5]) },
    column(
      Int32Array.from(rows, (_, i) => i % 2),
      [],
    ),
  );
  return custom({ tasks: [{ train: data, test: data }], scenario: 'domain', outputs: 2 });
}

/** Rows of five words, each of which tells the next. */
const words = (count: number) =>
  column(
    Int32Array.from({ length: 5 * count }, (_, i) => (Math.floor(i / 5) + (i % 5)) % 10),
    [5],
  );

for (const place of await places()) {
  describe(place.name, () => {
    beforeAll(() => place.use());
    afterAll(useCpu);

    it.each(all)('%s keeps old logits bit for bit when its head grows, by columns or by a head', (_, make) => {
      for (const growth of ['columns', 'heads'] as const) {
        const model = make(tokens({ outputs: 3, growth }));
        const grown = model.grow!(2) as Transformer;
        const x = { ids: ids([1, 2, 3, 4, 5]) };
        const learner = new Learner({ model, optimizer: adam(1e-2), scenario: 'class' });
        const before = run(model, learner.parameters(), x);
        learner.grow(2);
        const after = run(grown, learner.parameters(), x);
        expect(after.shape).toEqual([1, 5, 5]);
        expect(numbers(tf.slice(after, [0, 0, 0], [1, 5, 3]))).toEqual(numbers(before));
        expect(Object.keys(grown.parameters).includes('head1/kernel')).toBe(growth === 'heads');
        learner.dispose();
      }
    });

    it('an encoder learns hidden words the same where it names those that are asked for alone', async () => {
      const mask = column(new Int32Array(48 * 5).fill(1), [5]);
      const rows = dataset({ ids: words(48), mask }, words(48));
      const { tasks, scenario } = custom({ tasks: [{ train: rows, test: rows, classes: [] }], scenario: 'domain', outputs: 11 });
      const trained = async (compact: boolean) => {
        const objective = maskedLanguageModel({ mask: 10, vocabulary: 11, rate: 0.4, compact });
        const learner = new Learner({
          ...{ model: bert(language(), 0.1), objective, optimizer: sgd(0.5), scenario, seed: 1, compiler: place.compiler },
        });
        await learner.learn(tasks[0]!, { iterations: 6, batchSize: 8 });
        const parameters = Object.fromEntries(Object.entries(learner.parameters()).map(([name, value]) => [name, numbers(value)]));
        const { loss } = await learner.evaluate(tasks[0]!);
        learner.dispose();
        return { ...parameters, loss };
      };
      const [one, other] = [await trained(true), await trained(false)];
      expectClose(one, other, { abs: 1e-5, rel: 1e-4 });
    });

    it.each([
      ['encoder', () => bert(classifier({ outputs: 2 }), 0.1)],
      ['gpt2', () => gpt2(classifier({ outputs: 2, pooling: 'last' }), 0.1)],
      ['llama', () => llama(classifier({ outputs: 2, pooling: 'mean' }))],
    ] as const)('%s learns which word there is', async (_, make) => {
      const [task] = whichWord().tasks;
      const options = { model: make(), optimizer: adam(1e-2), scenario: 'domain', seed: 1, objective: classification() } as const;
      const learner = new Learner({ ...options, compiler: place.compiler });
      const before = tf.memory().numTensors;
      const losses: number[] = [];
      await learner.learn(task!, {
        iterations: place.name === 'eager' ? 60 : 100,
        batchSize: 16,
        onStep: ({ loss }) => void losses.push(loss),
      });
      expect(losses[0]).toBeCloseTo(Math.log(2), 0);
      const { accuracy } = await learner.evaluate(task!);
      expect(accuracy).toBeGreaterThan(0.9);
      expect(tf.memory().numTensors - before).toBeLessThan(300);
      learner.dispose();
    });
  });
}
