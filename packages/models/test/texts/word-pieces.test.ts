import {
  type Column,
  ContinualLearningError,
  entityStream,
  evaluateEntities,
  Learner,
  NO_TARGET,
  read,
  sgd,
  tagSentences,
  tokenClassification,
} from '@cl/core';
import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Tokenizer, tokens, encoder as transformer, wordPieces } from '../../src/index.js';

/** A piece for each two letters; rows begin with 1 and end with 2, 3 is unknown, 0 padding. */
const tokenizer: Pick<Tokenizer, 'pieces' | 'framed' | 'idOf' | 'padding'> = {
  padding: 0,
  pieces: (text) => (text.match(/[a-z]{1,2}/g) ?? []).map((two) => 4 + (two.charCodeAt(0) - 97)),
  framed: (ids) => [1, ...ids, 2],
  idOf: (token) => (token === '[UNK]' ? 3 : undefined),
};
const options = { tokenizer: tokenizer as Tokenizer, length: 8 };

const rows = (columns: unknown, name: string): number[][] => {
  const { values } = read((columns as Record<string, Column>)[name]!);
  return Array.from({ length: values.length / 8 }, (_, row) => [...values.subarray(8 * row, 8 * row + 8)]);
};

const code = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return ContinualLearningError.is(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return 'nothing was thrown';
};

describe('wordPieces', () => {
  it('marks the first piece of each word, and of a word of which nothing is left the unknown one', () => {
    const { x, positions } = wordPieces(options).encode([['abab', '☃', 'c'], []]);
    expect(rows(x, 'ids')).toEqual([
      [1, 4, 4, 3, 6, 2, 0, 0],
      [1, 2, 0, 0, 0, 0, 0, 0],
    ]);
    expect(rows(x, 'mask')).toEqual([
      [1, 1, 1, 1, 1, 1, 0, 0],
      [1, 1, 0, 0, 0, 0, 0, 0],
    ]);
    expect(rows(x, 'words')).toEqual([
      [0, 1, 0, 1, 1, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    expect(positions).toEqual([[1, 3, 4], []]);
  });

  it('refuses a sentence that is too long, unless it may go on in further rows', () => {
    const words = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'gg'];
    expect(code(() => wordPieces(options).encode([words]))).toMatch(/^CL_DATA: .*9 pieces/);
    const { fitting } = wordPieces({ ...options, long: 'split' });
    expect(fitting!(words)).toBe(6);
    expect(fitting!(['aabbcc', 'aabb', 'aabb'])).toBe(2);
    // A word longer than a row is taken as far as the row goes.
    expect(fitting!(['aabbccddeeffgg', 'aa'])).toBe(1);
    expect(wordPieces({ ...options, long: 'split' }).encode([['aabbccddeeffgg']]).positions).toEqual([[1]]);
  });

  it('refuses what cannot be', () => {
    for (const odd of [undefined, {}, 'bert'])
      expect(code(() => wordPieces({ ...options, tokenizer: odd as never }))).toMatch(/^CL_OPTION: .*tokenizer must be a tokenizer/);
    expect(code(() => wordPieces({ ...options, length: 2 }))).toMatch(/^CL_OPTION: .*length/);
    expect(code(() => wordPieces({ ...options, long: 'cut' as never }))).toMatch(/^CL_OPTION: .*long/);
  });

  it('gives sentences of a stream whose later pieces are not learned from', async () => {
    const sentence = { words: ['ada', 'left', 'rome'], tags: ['B-PER', 'O', 'B-LOC'] };
    const sentences = Array.from({ length: 6 }, () => sentence);
    const encoder = wordPieces({ ...options, long: 'split' });
    const stream = entityStream({
      ...{ train: sentences, test: sentences, steps: [['PER', 'LOC']], protocol: 'all' },
      encoder,
    });
    const none = NO_TARGET;
    expect([...read(stream.tasks[0]!.train.y).values.subarray(0, 8)]).toEqual([none, 1, none, 0, none, 3, none, none]);
    const model = transformer({ vocabulary: 30, sequence: 8, width: 8, layers: 1, heads: 1, head: tokens({ outputs: stream.outputs }) });
    const learner = new Learner({ model, objective: tokenClassification(), optimizer: sgd(0.5), scenario: stream.scenario });
    await learner.learn(stream.tasks[0]!, { epochs: 30, batchSize: 6 });
    const { truth, predicted } = evaluateEntities(learner, stream.tasks[0]!.test, stream.tags);
    expect(truth[0]).toEqual(sentence.tags);
    expect(predicted[0]).toEqual(sentence.tags);

    // Of three rows' length, and of none.
    const long = [...sentence.words, ...sentence.words, ...sentence.words];
    const said = tagSentences(learner, [sentence.words, [], long], { encoder, tags: stream.tags, batchSize: 2 });
    expect(said.map(({ words }) => words.length)).toEqual([3, 0, 9]);
    expect(said[0]!.tags).toEqual(sentence.tags);
    expect(said[2]!.tags).toEqual([...sentence.tags, ...sentence.tags, ...sentence.tags]);
    learner.dispose();
  });
});
