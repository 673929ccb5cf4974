import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  type Column,
  type Dataset,
  type EntityStreamOptions,
  entityDomains,
  entityStream,
  hashedWords,
  latinSquare,
  NO_TARGET,
  read,
  type TaggedSentence,
  typeSteps,
} from '../../src/index.js';
import { slicesOf } from '../../src/tagging/slices.js';
import { refused } from '../learner/support.js';

const TYPES = ['A', 'B', 'C'];
const sentence = (types: readonly string[], name: string): TaggedSentence => ({
  words: [name, ...types.flatMap((type) => [`${type}1`, `${type}2`])],
  tags: ['O', ...types.flatMap((type) => [`B-${type}`, `I-${type}`])],
});
const sentences = [[], ['A'], ['B'], ['A', 'B'], ['C'], ['C', 'A'], [], ['A'], ['A'], ['B']].map((types, i) => sentence(types, `w${i}`));
const steps = TYPES.map((type) => [type]);
const encoder = hashedWords({ length: 5 });
const streamOf = (options: Partial<EntityStreamOptions> = {}) =>
  entityStream({ train: sentences, test: sentences, validation: sentences.slice(0, 4), steps, encoder, ...options });

const labelsOf = ({ y }: Dataset) => {
  const { values, shape } = read(y);
  return Array.from({ length: values.length / shape[0]! }, (_, row) => [...values.subarray(row * shape[0]!, (row + 1) * shape[0]!)]);
};

describe('slices', () => {
  const cases = fc.record({
    types: fc.array(fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D')), { minLength: 4, maxLength: 30 }),
    seed: fc.integer({ min: 0, max: 99 }),
    steps: fc.constantFrom(
      [['A'], ['B'], ['C'], ['D']],
      [['A', 'B'], ['C'], ['D']],
      [
        ['D', 'C'],
        ['A', 'B'],
      ],
    ),
  });
  test.prop([cases])('of split and greedy are disjoint and cover all', ({ types, seed, steps }) => {
    const some = types.map((each, i) => sentence(each, `${i}`));
    for (const protocol of ['split', 'greedy'] as const) {
      const slices = slicesOf(some, steps, protocol, seed);
      expect(slices.flatMap((slice) => [...slice]).sort((a, b) => a - b)).toEqual(some.map((_, i) => i));
      expect(slicesOf(some, steps, protocol, seed)).toEqual(slices);
      const total = steps.flat().length;
      slices.forEach((slice, k) => {
        const share = protocol === 'split' ? some.length / steps.length : (some.length * steps[k]!.length) / total;
        expect(Math.abs(slice.length - share)).toBeLessThan(1);
      });
    }
  });

  it('of filter are all sentences that have the type', () => {
    const slices = slicesOf(sentences, steps, 'filter', 0).map((slice) => [...slice]);
    expect(slices).toEqual([
      [1, 3, 5, 7, 8],
      [2, 3, 9],
      [4, 5],
    ]);
  });

  it('of all are all', () => {
    for (const slice of slicesOf(sentences, steps, 'all', 0)) expect(slice).toHaveLength(10);
  });

  it('of greedy go by the rarest type as long as there is room', () => {
    // Entities: A 5, B 3, C 2. Room for 4, 3, 3: thirds of ten, the first gets what is left.
    const [a, b, c] = slicesOf(sentences, steps, 'greedy', 3).map((slice) => [...slice]);
    expect(b).toEqual([2, 3, 9]);
    expect(c).toEqual(expect.arrayContaining([4, 5]));
    expect(a).toEqual(expect.arrayContaining([1, 7, 8]));
  });

  it('differ by seed', () => {
    expect(slicesOf(sentences, steps, 'split', 1)).not.toEqual(slicesOf(sentences, steps, 'split', 2));
  });
});

describe('entityStream', () => {
  it('hides from training what is not of the step, and from test what has not come', () => {
    const { tasks, tags, outputs, scenario } = streamOf({ protocol: 'all' });
    expect([scenario, outputs]).toEqual(['class', 7]);
    expect(tags.tags).toEqual(['O', 'B-A', 'I-A', 'B-B', 'I-B', 'B-C', 'I-C']);
    // Sentence 3 is 'w3 A1 A2 B1 B2', sentence 5 'w5 C1 C2 A1 A2'.
    expect(tasks.map(({ train }) => labelsOf(train)[3])).toEqual([
      [0, 1, 2, 0, 0],
      [0, 0, 0, 3, 4],
      [0, 0, 0, 0, 0],
    ]);
    expect(tasks.map(({ test }) => labelsOf(test)[5])).toEqual([
      [0, 0, 0, 1, 2],
      [0, 0, 0, 1, 2],
      [0, 5, 6, 1, 2],
    ]);
    expect(tasks.map(({ test, validation }) => [test.length, validation!.length])).toEqual([
      [10, 4],
      [10, 4],
      [10, 4],
    ]);
    expect(tasks.map(({ classes }) => classes)).toEqual([
      [0, 1, 2],
      [0, 3, 4],
      [0, 5, 6],
    ]);
  });

  it.each(['split', 'filter', 'greedy', 'all'] as const)('%s: labels of a step are O and those of its types', (protocol) => {
    for (const { train, classes } of streamOf({ protocol, seed: 4 }).tasks) {
      expect([...read(train.y).values].every((label) => label === NO_TARGET || classes.includes(label))).toBe(true);
    }
  });

  it('has no target for padding, and all that is too long in the next row', () => {
    const { tasks } = streamOf({ protocol: 'all', encoder: hashedWords({ length: 4, long: 'split' }) });
    expect(labelsOf(tasks[0]!.train)[0]).toEqual([0, NO_TARGET, NO_TARGET, NO_TARGET]);
    expect(labelsOf(tasks[1]!.train).slice(3, 5)).toEqual([
      [0, 0, 0, NO_TARGET],
      [3, 4, NO_TARGET, NO_TARGET],
    ]);
  });

  it('puts a label on the first piece of a word', () => {
    // Each word in two pieces.
    const encode = (all: readonly (readonly string[])[]) => ({
      x: hashedWords({ length: 6 }).encode(all).x,
      positions: all.map((words) => words.map((_, i) => (2 * i < 6 ? 2 * i : -1))),
    });
    const { tasks } = streamOf({ protocol: 'all', encoder: { length: 6, encode } });
    expect(labelsOf(tasks[0]!.train)[1]).toEqual([0, NO_TARGET, 1, NO_TARGET, 2, NO_TARGET]);
  });

  it('takes one type a step in alphabetical order unless told', () => {
    const { steps: _steps, ...rest } = { steps, train: sentences, test: sentences, encoder };
    expect(entityStream(rest).steps).toEqual(steps);
  });

  it('refuses what cannot be', async () => {
    expect(await refused(() => streamOf({ steps: [] }))).toMatch(/^CL_OPTION .*steps/);
    for (const train of [[], [sentences[0]!]]) {
      expect(await refused(() => entityStream({ train, test: sentences, encoder }))).toMatch(/^CL_DATA .*no entities in the [01] training/);
    }
    expect(await refused(() => streamOf({ steps: [['A'], []] }))).toMatch(/^CL_OPTION .*steps/);
    expect(await refused(() => streamOf({ steps: [['A'], ['A']] }))).toMatch(/^CL_OPTION .*'A' comes twice/);
    expect(await refused(() => streamOf({ steps: [['A'], ['X']], protocol: 'filter' }))).toMatch(/^CL_DATA .*step of X/);
    expect(await refused(() => streamOf({ protocol: 'some' as 'all' }))).toMatch(/^CL_OPTION .*protocol/);
    expect(await refused(() => hashedWords({ length: 0 }))).toMatch(/^CL_OPTION .*length/);
    expect(await refused(() => hashedWords({ length: 4, features: [] }))).toMatch(/^CL_OPTION hashedWords.*at least one feature/);
    expect(await refused(() => streamOf({ encoder: undefined as never }))).toMatch(/^CL_OPTION .*encoder must be an encoder of sentences/);
    expect(await refused(() => hashedWords({ length: 4, long: 'cut' as 'split' }))).toMatch(/^CL_OPTION .*long/);
    expect(await refused(() => streamOf({ encoder: hashedWords({ length: 4 }) }))).toMatch(
      /^CL_DATA .*sentence 3 has 5 words, and a row 4\..*long: 'split'/,
    );
  });
});

describe('sentences that are not as they should be', () => {
  const odd = async (train: unknown): Promise<void> => {
    for (const part of ['train', 'test', 'validation']) {
      const message = await refused(() => streamOf({ [part]: train } as object));
      expect(message).toMatch(new RegExp(`^CL_(OPTION|DATA|LABEL) entityStream.*${part}`));
      const domain = { name: 'web', train: sentences, test: sentences, [part]: train };
      expect(await refused(() => entityDomains({ domains: [domain], encoder }))).toMatch(
        new RegExp(`^CL_(OPTION|DATA|LABEL) entityDomains.*web: ${part}`),
      );
    }
  };

  it('are refused where a word has no tag, or a tag no word', async () => {
    for (const one of [
      { words: ['a', 'b'], tags: ['B-A'] },
      { words: ['a'], tags: ['O', 'O'] },
      { words: ['a'] },
      { words: 'a', tags: ['O'] },
      null,
    ]) {
      await odd([...sentences, one]);
    }
    await odd('Ada slept');
    await odd({ words: ['a'], tags: ['O'] });
  });

  it('are refused where tags are of another scheme than IOB2, since their entities would be lost', async () => {
    for (const tag of ['S-A', 'E-A', 'U-A', 'A', 'B-', 'b-A', 1]) await odd([{ words: ['a'], tags: [tag] }]);
    expect(await refused(() => streamOf({ train: [{ words: ['a'], tags: ['S-A'] }] }))).toBe(
      "CL_LABEL entityStream(): sentence 0 of train has the tag 'S-A'; tags must be of IOB2: O, or B- or I- and a type. Make them so with toIob2().",
    );
  });
});

describe('entityDomains', () => {
  const domains = [
    { name: 'one', train: [sentences[3]!], test: [sentences[1]!] },
    { name: 'two', train: [sentences[5]!], test: [sentences[4]!] },
  ];

  it('has all types in each domain, or those that the domain has', () => {
    const shared = entityDomains({ domains, encoder });
    expect(shared.tags.types).toEqual(['A', 'B', 'C']);
    expect(shared.tasks.map(({ classes }) => classes.length)).toEqual([7, 7]);
    const growing = entityDomains({ domains, encoder, scenario: 'class' });
    expect(growing.tasks.map(({ classes }) => classes)).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 5, 6],
    ]);
    expect(labelsOf(growing.tasks[1]!.train)[0]).toEqual([0, 5, 6, 1, 2]);
    expect(growing.tasks.map(({ test }) => test.length)).toEqual([1, 1]);
  });

  it('refuses none', async () => {
    expect(await refused(() => entityDomains({ domains: [], encoder }))).toMatch(/^CL_OPTION .*domains/);
  });
});

describe('hashedWords', () => {
  it('numbers words by what they are, never 0, and masks padding', () => {
    const { x } = hashedWords({ length: 3, buckets: 50, features: ['word', 'suffix', 'shape'] }).encode([['London', 'london'], ['Paris1']]);
    const { ids, mask } = x as { readonly [name: string]: Column };
    const values = [...read(ids!).values];
    expect(ids!.shape).toEqual([3, 3]);
    expect([...read(mask!).values]).toEqual([1, 1, 0, 1, 0, 0]);
    // The same word, in capitals or not, has the same number and suffix, and another shape.
    expect(values.slice(0, 2)).toEqual(values.slice(3, 5));
    expect(values[2]).not.toBe(values[5]);
    expect(values.slice(6, 9)).toEqual([0, 0, 0]);
    values.slice(0, 3).forEach((id, feature) => {
      expect(id).toBeGreaterThan(feature * 50);
      expect(id).toBeLessThan((feature + 1) * 50);
    });
  });
});

describe('orders', () => {
  test.prop([fc.integer({ min: 1, max: 8 }), fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined })])(
    'each item once in each order and once at each place',
    (count, seed) => {
      const items = Array.from({ length: count }, (_, i) => i);
      const square = latinSquare(items, seed);
      expect(square).toHaveLength(count);
      for (const lines of [square, items.map((place) => square.map((order) => order[place]!))]) {
        for (const line of lines) expect([...line].sort()).toEqual(items);
      }
      if (count % 2 === 1) return;
      const pairs = square.flatMap((order) => order.slice(1).map((item, i) => `${order[i]} ${item}`));
      expect(new Set(pairs).size).toBe(count * (count - 1));
    },
  );

  it('groups types in steps', async () => {
    expect(typeSteps(['a', 'b', 'c', 'd'], { first: 2 })).toEqual([['a', 'b'], ['c'], ['d']]);
    expect(typeSteps(['a', 'b', 'c', 'd'], { first: 2, next: 2 })).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(typeSteps(['a', 'b'])).toEqual([['a'], ['b']]);
    expect(await refused(() => typeSteps(['a', 'b', 'c'], { first: 1, next: 3 }))).toMatch(/^CL_OPTION .*next/);
    expect(await refused(() => typeSteps(['a'], { first: 2 }))).toMatch(/^CL_OPTION .*first/);
  });
});

describe('sentences that are longer than a row', () => {
  /** Rows of three words that say so. */
  const short = hashedWords({ length: 3, long: 'split' });
  const parts = (...tags: string[]) => {
    const sentence = { words: tags.map((_, i) => `w${i}`), tags };
    const one = { words: ['w'], tags: ['B-A'] };
    const { tasks } = entityStream({ train: [one], test: [sentence], steps: [['A']], encoder: short });
    return labelsOf(tasks[0]!.test).map((labels) => labels.filter((label) => label >= 0));
  };

  it('go on in further rows, with each word once', () => {
    expect(parts('O', 'B-A', 'O', 'O', 'B-A')).toEqual([
      [0, 1, 0],
      [0, 1],
    ]);
  });

  it('are not parted inside of an entity, unless it fills a row', () => {
    expect(parts('O', 'O', 'B-A', 'I-A')).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(parts('B-A', 'I-A', 'I-A', 'I-A', 'O')).toEqual([
      [1, 2, 2],
      [2, 0],
    ]);
  });
});
