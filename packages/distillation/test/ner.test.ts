import {
  adam,
  column,
  compose,
  entityStream,
  evaluateEntities,
  Learner,
  type LearnerOptions,
  type Model,
  type SentenceEncoder,
  type TaggedSentence,
  tokenClassification,
} from '@cl/core';
import { strategyContract, tinyTagger } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { taken, tidied, watched } from '../../../testing/watched.js';
import { ewc } from '../../regularization/src/index.js';
import { replay } from '../../replay/src/index.js';
import { addNer, extendNer } from '../src/index.js';

const SHARED_BAD = [
  { alpha: -1 },
  { beta: '1' },
  { temperature: 0 },
  { teacherTemperature: -1 },
  { targets: 'none' },
  { squareTemperature: 1 },
  { reduction: 'all' },
];

strategyContract({
  create: (options) => extendNer(options),
  scenarios: ['class'],
  badOptions: [...SHARED_BAD, { softmax: 'none' }, { decode: 'beam' }],
  goodOptions: [
    { softmax: 'restricted', decode: 'argmax' },
    { reduction: 'rows', targets: 'hard', squareTemperature: true },
  ],
});

strategyContract({
  create: (options) => addNer(options),
  scenarios: ['class'],
  badOptions: [...SHARED_BAD, { oldHeads: 'none' }, { precedence: 'outside' }],
  goodOptions: [
    { oldHeads: 'mean', precedence: 'probability' },
    { reduction: 'rows', targets: 'hard' },
  ],
});

beforeAll(useCpu);

const LENGTH = 6;
const WORDS = ['the', 'a', 'in', 'met', 'Ann', 'Bob', 'Rome', 'Oslo', 'Acme', 'York'];
const TYPES: Readonly<Record<string, string>> = { Ann: 'PER', Bob: 'PER', Rome: 'LOC', Oslo: 'LOC', Acme: 'ORG', York: 'ORG' };

/** Words at random, of which some always are of one type. */
function sentences(count: number, from: number): TaggedSentence[] {
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from(
      { length: 2 + ((i + from) % 5) },
      (_, k) => WORDS[(7 * i + 3 * k * k + 5 * k + from * 11 + i * k) % WORDS.length]!,
    );
    return { words, tags: words.map((word) => (TYPES[word] ? `B-${TYPES[word]}` : 'O')) };
  });
}

const VOCABULARY = WORDS.length + 1;

/** Words by their number in the list, padded with 0. */
const encoder: SentenceEncoder = {
  length: LENGTH,
  encode(all) {
    const row = (words: readonly string[], of: (word: string) => number) =>
      Array.from({ length: LENGTH }, (_, at) => (at < words.length ? of(words[at]!) : 0));
    const rows = (of: (word: string) => number) => column(Int32Array.from(all.flatMap((words) => row(words, of))), [LENGTH]);
    const x = { ids: rows((word) => 1 + WORDS.indexOf(word)), mask: rows(() => 1) };
    return { x, positions: all.map((words) => words.map((_, at) => at)) };
  },
};

const stream = entityStream({
  train: sentences(60, 0),
  test: sentences(30, 1000),
  steps: [['PER'], ['LOC'], ['ORG']],
  protocol: 'all',
  encoder,
});

/** The tiny tagger, with the names of inputs that transformers have. */
function tagger(outputs = stream.outputs): Model {
  const inner = tinyTagger({ vocabulary: VOCABULARY, length: LENGTH, outputs });
  return {
    ...inner,
    inputs: { ids: [LENGTH], mask: [LENGTH] },
    apply(parameters, x, options) {
      const { ids, mask } = x as tf.NamedTensorMap;
      return inner.apply(parameters, { ids: ids!, attentionMask: mask! }, options);
    },
    grow: (count) => tagger(outputs + count),
  };
}

const learnerOf = (strategy: LearnerOptions['strategy'], options: Partial<LearnerOptions> = {}) =>
  new Learner({
    model: tagger(),
    optimizer: adam(0.03),
    scenario: 'class',
    objective: tokenClassification(),
    seed: 2,
    ...(strategy && { strategy }),
    ...options,
  });

const LEARN = { epochs: 40, batchSize: 30 };

async function after(
  strategy: LearnerOptions['strategy'],
  tasks = 3,
  learn: object = LEARN,
): Promise<{ perType: Record<string, number>; macro: number }> {
  const learner = learnerOf(strategy);
  try {
    for (const task of stream.tasks.slice(0, tasks)) await learner.learn(task, learn);
    const { scores } = evaluateEntities(learner, stream.tasks[tasks - 1]!.test, stream.tags, {
      types: stream.steps.slice(0, tasks).flat(),
    });
    return { perType: Object.fromEntries(Object.entries(scores.perType).map(([type, { f1 }]) => [type, f1])), macro: scores.macro.f1 };
  } finally {
    learner.dispose();
  }
}

describe('on sentences whose types come one by one', () => {
  it('fine-tuning tags the newest type alone; both methods tag all', { timeout: 60_000 }, async () => {
    const plain = await after(undefined);
    expect(plain.perType.ORG).toBeGreaterThan(0.9);
    expect(plain.perType.PER).toBeLessThan(0.3);
    for (const strategy of [addNer(), extendNer()]) {
      const { perType } = await after(strategy);
      for (const type of ['PER', 'LOC', 'ORG']) expect(perType[type], `${strategy.name}: ${type}`).toBeGreaterThan(0.85);
    }
  });

  it('the first step is plain training, to the bit', async () => {
    const hashOf = async (strategy: LearnerOptions['strategy']) => {
      const learner = learnerOf(strategy);
      await learner.learn(stream.tasks[0]!, { epochs: 1, batchSize: 16 });
      const hash = await learner.parameterHash();
      learner.dispose();
      return hash;
    };
    const plain = await hashOf(undefined);
    expect(await hashOf(extendNer())).toBe(plain);
    expect(await hashOf(addNer())).toBe(plain);
  });

  it.each([
    ['add-ner', addNer],
    ['extend-ner', extendNer],
  ] as const)('%s: the teacher is the last step’s model, and stays as it is', async (_name, create) => {
    const { strategy, sights } = watched(create());
    const learner = learnerOf(strategy as LearnerOptions['strategy']);
    await learner.learn(stream.tasks[0]!, { epochs: 1, batchSize: 16 });
    const before = taken(learner.parameters());
    await learner.learn(stream.tasks[1]!, { epochs: 1, batchSize: 16, onStep() {} });
    learner.dispose();
    const [first, second] = sights.filter(({ hook }) => hook === 'afterTask');
    for (const [name, values] of Object.entries(first!.state.teacher)) expect([values].flat(3)).toEqual([...[before[name]].flat(3)]);
    expect(second!.state.teacher).toEqual(second!.parameters);
  });

  it.each([
    ['add-ner', addNer],
    ['extend-ner', extendNer],
  ] as const)('%s beside replay, in either order, and EWC', async (_name, create) => {
    const short = { epochs: 2, batchSize: 16 };
    const all = [
      compose(replay({ capacity: 20 }), create()),
      compose(create(), replay({ capacity: 20 })),
      compose(ewc({ lambda: 1, fisher: 'empirical' }), create()),
    ];
    for (const strategy of all) expect((await after(strategy as never, 2, short)).macro).toBeGreaterThanOrEqual(0);
  });

  it('AddNER adds a column for the O of each head but the first', async () => {
    const learner = learnerOf(addNer());
    const shapes: (readonly number[] | undefined)[] = [];
    for (const task of stream.tasks) {
      await learner.learn(task, { iterations: 1, batchSize: 4 });
      shapes.push(learner.model.parameters['other/kernel']?.shape);
    }
    expect(learner.model.outputs).toBe(stream.outputs + 2);
    learner.dispose();
    expect(shapes).toEqual([undefined, [6, 1], [6, 2]]);
  });

  it('the old outputs stay when outputs are added', async () => {
    const small = tagger(3);
    const learner = learnerOf(extendNer({ decode: 'argmax' }), { model: small });
    await learner.learn(stream.tasks[0]!, { iterations: 2, batchSize: 4 });
    const inputs = { ids: tf.ones([2, LENGTH], 'int32'), mask: tf.ones([2, LENGTH], 'int32') };
    const scores = () =>
      tidied(() => (learner.predict(inputs).arraySync() as number[][][]).map((row) => row.map((token) => token.slice(0, 3))));
    const before = scores();
    learner.grow(2);
    expect(scores()).toEqual(before);
    await learner.learn(stream.tasks[1]!, { iterations: 2, batchSize: 4 });
    learner.dispose();
    tf.dispose(inputs);
  });
});

it('both are refused where not all types compete', () => {
  for (const create of [addNer, extendNer]) {
    expect(() => learnerOf(create(), { scenario: 'domain' })).toThrow(/needs the scenario 'class'; the scenario here is 'domain'/);
  }
});
