import { adam, ContinualLearningError, type Dataset, initialParameters, Learner, languageModel, maskedLanguageModel, read } from '@cl/core';
import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { decoder, encoder, language, packed, textStream, trainByteLevelBpe } from '../../src/index.js';

/** A token for each letter, from 10 on; rows begin with 1 and end with 2. */
const letters = {
  vocabulary: 40,
  pieces: (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 87),
  framed: (ids: readonly number[]) => [1, ...ids, 2],
};

const rowsOf = (data: Dataset): number[][] => {
  const { values, shape } = read(data.y);
  return Array.from({ length: data.length }, (_, i) => [...values.slice(i * shape[0]!, (i + 1) * shape[0]!)]);
};

const code = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return ContinualLearningError.is(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return 'nothing was thrown';
};

describe('packed', () => {
  it('puts texts one after another and cuts where a row is full', () => {
    const data = packed(['abc', 'defgh', 'ij'], { tokenizer: letters, length: 5, after: [3] });
    // abc · 3 defgh 3 ij 3 in rows of three between 1 and 2; 'j' and its end are no whole row.
    expect(rowsOf(data)).toEqual([
      [1, 10, 11, 12, 2],
      [1, 3, 13, 14, 2],
      [1, 15, 16, 17, 2],
      [1, 3, 18, 19, 2],
    ]);
    const { ids, mask } = data.x as unknown as Record<'ids' | 'mask', Dataset['y']>;
    expect(read(ids)).toEqual(read(data.y));
    expect([...read(mask).values]).toEqual(new Array(20).fill(1));
  });

  it('takes as many rows as fit into a budget, and reads no more texts than that', () => {
    const seen: string[] = [];
    const pieces = (text: string) => {
      seen.push(text);
      return letters.pieces(text);
    };
    const tokenizer = { ...letters, pieces };
    const data = packed(['abcd', 'efgh', 'ijkl'], { tokenizer, length: 4, tokens: 11 });
    expect(rowsOf(data)).toEqual([
      [1, 10, 11, 2],
      [1, 12, 13, 2],
    ]);
    expect(seen).toEqual(['abcd']);
  });

  it('orders texts by a seed, and cuts none twice', () => {
    const texts = [...'abcdefghijklmnop'];
    const order = (seed: number) => rowsOf(packed(texts, { tokenizer: letters, length: 3, seed })).map((row) => row[1]!);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1).sort((a, b) => a - b)).toEqual(texts.flatMap(letters.pieces));
  });

  it('refuses what gives no row, or fewer tokens than are asked for', () => {
    expect(code(() => packed(['a'], { tokenizer: undefined as never, length: 8 }))).toMatch(/^CL_OPTION: .*tokenizer must be a tokenizer/);
    for (const texts of [undefined, 'abc', [1]])
      expect(code(() => packed(texts as never, { tokenizer: letters, length: 8 }))).toBe(
        'CL_DATA: packed(): texts must be a list of texts.',
      );
    const domains = [{ name: 'one', train: ['abcdef'] }] as never;
    expect(code(() => textStream({ domains, tokenizer: letters, length: 4 }))).toMatch(
      /^CL_OPTION: .*domains\[0\] must be a domain, \{ name, train, test \}/,
    );
    expect(code(() => packed([], { tokenizer: letters, length: 8 }))).toMatch(/^CL_DATA: .*0 texts give 0 tokens/);
    expect(code(() => packed(['abcdefgh'], { tokenizer: letters, length: 4, tokens: 20 }))).toMatch(
      /^CL_DATA: .*1 texts give 16 tokens.*20 are/,
    );
    expect(code(() => packed(['a'], { tokenizer: letters, length: 2 }))).toMatch(
      /^CL_OPTION: .*length must be a whole number of at least 3/,
    );
    expect(code(() => packed(['a'], { tokenizer: letters, length: 3, tokens: 2 }))).toMatch(/^CL_OPTION: .*tokens/);
    expect(code(() => packed(['a'], { tokenizer: letters, lenght: 3 } as never))).toMatch(/^CL_OPTION: .*'length'/);
  });
});

describe('textStream', () => {
  const domains = [
    { name: 'left', train: ['abcdef', 'bcdefa', 'cdefab'], test: ['abcabcabc'] },
    { name: 'right', train: ['uvwxyz', 'vwxyzu', 'wxyzuv'], test: ['uvwuvwuvw'] },
  ];

  it('makes a task of each domain, of equally many tokens', () => {
    const stream = textStream({ domains, tokenizer: letters, length: 5, tokens: 25, testTokens: 10, seed: 3 });
    expect([stream.scenario, stream.outputs]).toEqual(['domain', 40]);
    expect(stream.tasks.map(({ name, train, test }) => [name, train.length, test.length])).toEqual([
      ['left', 5, 2],
      ['right', 5, 2],
    ]);
    expect(
      rowsOf(stream.tasks[1]!.train)
        .flat()
        .every((id) => id < 3 || id >= 30),
    ).toBe(true);
  });

  it('tests on the same rows whatever the seed', () => {
    const test = (seed: number) =>
      rowsOf(textStream({ domains: [{ ...domains[0]!, test: ['abc', 'def'] }], tokenizer: letters, length: 5, seed }).tasks[0]!.test);
    expect(test(1)).toEqual(test(2));
  });

  it('names the domain that has too little', () => {
    const thin = [domains[0]!, { ...domains[1]!, train: ['u'] }];
    expect(code(() => textStream({ domains: thin, tokenizer: letters, length: 5, tokens: 25 }))).toMatch(/^CL_DATA: right: packed/);
    expect(code(() => textStream({ domains: [], tokenizer: letters, length: 5 }))).toMatch(/^CL_OPTION: .*at least one domain/);
  });

  it('is learned by an encoder with hidden tokens and by a decoder with the next', async () => {
    const bpe = trainByteLevelBpe(['abcdef', 'uvwxyz'], { vocabulary: 260, special: ['<mask>'] });
    const tokenizer = { vocabulary: bpe.tokens.length, pieces: bpe.encode, framed: (ids: readonly number[]) => [...ids] };
    const stream = textStream({ domains, tokenizer, length: 6 });
    const size = { vocabulary: stream.outputs, sequence: 6, width: 8, layers: 1, heads: 2, dropout: 0, deviation: 0.2, head: language() };
    const pairs = [
      [encoder(size), maskedLanguageModel({ mask: 0, vocabulary: stream.outputs, rate: 0.3 })],
      [decoder({ layout: 'gpt2', ...size }), languageModel()],
    ] as const;
    for (const [model, objective] of pairs) {
      const learner = new Learner({
        model,
        objective,
        optimizer: adam(0.03),
        scenario: stream.scenario,
        parameters: initialParameters(model, 1),
      });
      const before = (await learner.evaluate(stream.tasks[0]!)).loss!;
      await learner.learn(stream.tasks[0]!, { iterations: 30, batchSize: 3 });
      const after = (await learner.evaluate(stream.tasks[0]!)).loss!;
      expect(before).toBeGreaterThan(4.5);
      expect(after).toBeLessThan(3);
      learner.dispose();
    }
  });
});
