import { type ContinualLearningError, read } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { type EncodeOptions, encoder, sentences, tokenizerOf } from '../../src/index.js';
import { utf8 } from './tiny.js';

/** A tokenizer of whole words and one word piece, with BERT's special tokens. */
const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'man', 'eat', '##s', 'bread', '.'];
const special = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const rules = {
  version: '1.0',
  truncation: { max_length: 4, strategy: 'LongestFirst', stride: 0 },
  padding: null,
  added_tokens: words.slice(0, 4).map(special),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] } },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(words.map((word, i) => [word, i])),
  },
};
const files = { 'tokenizer.json': utf8(rules), 'tokenizer_config.json': utf8({ pad_token: '[PAD]' }) };
const model = (vocabulary: number) => encoder({ vocabulary, sequence: 8, width: 4, layers: 1, heads: 1, head: sentences() });

const rowsOf = (column: Parameters<typeof read>[0]) => {
  const { values, shape } = read(column);
  return Array.from({ length: column.length }, (_, i) => [...values.slice(i * shape[0]!, (i + 1) * shape[0]!)]);
};

describe('tokenizerOf', () => {
  it('makes rows of token numbers and masks', async () => {
    const tokenizer = await tokenizerOf(files, { model: model(10) });
    const { ids, mask } = tokenizer.encode(['A man eats bread.', 'man'], { length: 8 });
    expect(rowsOf(ids)).toEqual([
      [2, 4, 5, 6, 7, 8, 9, 3],
      [2, 5, 3, 0, 0, 0, 0, 0],
    ]);
    expect(rowsOf(mask)).toEqual([
      [1, 1, 1, 1, 1, 1, 1, 1],
      [1, 1, 1, 0, 0, 0, 0, 0],
    ]);
    expect(tokenizer.pieces('eats')).toEqual([6, 7]);
    expect(tokenizer.framed([6, 7])).toEqual([2, 6, 7, 3]);
    expect(tokenizer.idOf('[SEP]')).toBe(3);
    expect(tokenizer.decode([6, 7, 8])).toBe('eats bread');
    expect([tokenizer.vocabulary, tokenizer.padding]).toEqual([10, 0]);
  });

  it('refuses long texts or spreads them over rows, and cuts nothing off', async () => {
    const tokenizer = await tokenizerOf(files);
    const error = (options: EncodeOptions) => {
      try {
        tokenizer.encode(['man', 'A man eats bread.'], options as { length: number });
      } catch (error) {
        return error as ContinualLearningError;
      }
      throw new Error('nothing was refused');
    };
    expect(error({ length: 7 })).toMatchObject({ code: 'CL_DATA', message: expect.stringContaining('text 1 has 8 tokens, and a row 7') });
    const { ids, mask, text } = tokenizer.encode(['man', 'A man eats bread.'], { length: 5, long: 'split' });
    expect(rowsOf(ids)).toEqual([
      [2, 5, 3, 0, 0],
      [2, 4, 5, 6, 3],
      [2, 7, 8, 9, 3],
    ]);
    expect(mask.length).toBe(3);
    expect([...text]).toEqual([0, 1, 1]);
    expect(error({ length: 2 }).code).toBe('CL_OPTION');
    const fitted = await tokenizerOf(files, { model: model(10) });
    expect(() => fitted.encode(['man'], { length: 9 })).toThrow(/length/);
  });

  it("refuses another model's tokenizer, and a damaged one", async () => {
    await expect(tokenizerOf(files, { model: model(9) })).rejects.toMatchObject({ code: 'CL_CHECKPOINT' });
    await expect(tokenizerOf(files, { model: model(40) })).rejects.toThrow(/10 tokens and the model 40/);
    await expect(tokenizerOf({ ...files, 'config.json': utf8({ vocab_size: 50 }) })).rejects.toThrow(/10 tokens and the model 50/);
    await expect(tokenizerOf({})).rejects.toThrow(/there is no 'tokenizer.json'/);
    await expect(tokenizerOf({ 'tokenizer.json': utf8({ model: { type: 'Riddle' } }) })).rejects.toMatchObject({ code: 'CL_CHECKPOINT' });
  });
});
