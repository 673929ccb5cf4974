import { fc, test } from '@fast-check/vitest';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { trainByteLevelBpe } from '../../src/tokenizer/index.js';

const TEXTS = [
  'low low low low low lower lower newest newest newest newest newest newest widest widest widest',
  "It's the 1st of 12 days; they've slept, haven't they?\n\n  Größe, naïve, 東京, 🙂 and \tmore.",
  'The newest and the widest are lower than the lowest.',
];
const SPECIAL = ['<pad>', '<mask>', '<s>'];
const trained = trainByteLevelBpe([...TEXTS, ...TEXTS], { vocabulary: 320, special: SPECIAL });
const loaded = new Tokenizer(JSON.parse(JSON.stringify(trained)), {});
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom('newest', ' lower', ' ', '\n', "'s", '12', ' ü', '!?', '🙂'), { maxLength: 12 }).map((parts) => parts.join('')),
);

describe('trainByteLevelBpe', () => {
  it('merges the most frequent pair, among equals the one with the smaller ids: by hand', () => {
    // 'aab' × 3 and 'ab' × 2. Pairs: ab 5, aa 3; then, with X = ab: aX 3; then nothing is left.
    const { merges, tokens } = trainByteLevelBpe(Array(3).fill('aab').concat(Array(2).fill('ab')), { vocabulary: 300 });
    expect(merges).toEqual([
      ['a', 'b'],
      ['a', 'ab'],
    ]);
    expect(tokens.slice(256)).toEqual(['ab', 'aab']);
    // ba and ac twice each: a comes before b.
    expect(trainByteLevelBpe(['ba ac', 'ba ac'], { vocabulary: 257 }).merges).toEqual([['a', 'c']]);
  });

  it('counts pairs once where they overlap, and merges from the left: by hand', () => {
    // 'aaaa' twice: aa is counted at three places in each, and merged at two; then (aa)(aa).
    const { merges, encode } = trainByteLevelBpe(['aaaa', 'aaaa'], { vocabulary: 300 });
    expect(merges).toEqual([
      ['a', 'a'],
      ['aa', 'aa'],
    ]);
    expect(encode('aaaaaaa').length).toBe(3);
  });

  it('is the example of the paper: words with frequencies, their merges in order', () => {
    // Each word is of its own here, after a space: Ġ. newest × 6, widest × 3, low × 5, lower × 2.
    const words = { newest: 6, widest: 3, low: 5, lower: 2 };
    const texts = Object.entries(words).flatMap(([word, count]) => Array<string>(count).fill(` ${word}`));
    const { merges } = trainByteLevelBpe(texts, { vocabulary: 256 + 4 });
    // es 9 = st 9, of which es has the smaller ids; est 9; then lo = ow = Ġl = 7, of which lo has the smallest; then Ġlo = low = 7, and
    // Ġ has a smaller id than lo, which was merged.
    expect(merges.map(([left, right]) => left + right)).toEqual(['es', 'est', 'lo', 'Ġlo']);
  });

  it('has no token across words, nor one that occurs too rarely', () => {
    const { merges } = trainByteLevelBpe(['x y x y x y'], { vocabulary: 300 });
    expect(merges.map((pair) => pair.join(''))).toEqual(['Ġy', 'Ġx']);
    expect(trainByteLevelBpe(['x y x y x y'], { vocabulary: 300, minimumCount: 3 }).merges).toEqual([['Ġ', 'y']]);
  });

  it('gives special tokens the first ids, and does not take them apart', () => {
    expect(trained.tokens.slice(0, 3)).toEqual(SPECIAL);
    const ids = trained.encode('<s>low<mask><pad>');
    expect([ids[0], ids.at(-2), ids.at(-1)]).toEqual([2, 1, 0]);
    expect(trained.decode(ids)).toBe('<s>low<mask><pad>');
  });

  it.each([
    [{ vocabulary: 256, special: ['<pad>'] }, 'vocabulary must be a whole number of at least 257'],
    [{ vocabulary: 300, special: ['', 'x'] }, 'special tokens must be different texts'],
    [{ vocabulary: 300, special: ['x', 'x'] }, 'special tokens must be different texts'],
    [{ vocabulary: 300, minimumCount: 0 }, 'minimumCount must be a whole number of at least 1'],
    [{ size: 300 }, "there is no option 'size'"],
  ])('refuses %o', (options, message) => {
    const expected = expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining(message) });
    expect(() => trainByteLevelBpe(TEXTS, options as never)).toThrow(expected);
  });

  it('refuses an id that there is not', () => {
    expect(() => trained.decode([99_999])).toThrow(expect.objectContaining({ code: 'CL_DATA' }));
  });
});

describe('a trained tokenizer', () => {
  test.prop([text])('gives back what it was given', (given) => {
    // A lone half of a surrogate pair is no text.
    expect(trained.decode(trained.encode(given))).toBe(given.replace(/\p{Surrogate}/gu, '\uFFFD'));
  });

  test.prop([text])('has no more tokens than the text has bytes', (given) => {
    expect(trained.encode(given).length).toBeLessThanOrEqual(new TextEncoder().encode(given).length);
  });

  test.prop([text])('is the same to Hugging Face’s library, read from tokenizer.json', (given) => {
    const ids = trained.encode(given);
    expect(loaded.encode(given).ids).toEqual(ids);
  });

  it('is the same there for the texts it was made of, special tokens included', () => {
    for (const given of [...TEXTS, '<s>low lower<mask> the<pad><pad>']) {
      expect(loaded.encode(given).ids).toEqual(trained.encode(given));
      expect(loaded.decode(trained.encode(given), { skip_special_tokens: false, clean_up_tokenization_spaces: false })).toBe(given);
    }
  });
});
