import { type Columns, column } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { checkInteger, checkKnown, checkList, checkOneOf, optionError } from '../options.js';
import { seedOf } from '../random/index.js';

/** Makes rows of a fixed length of sentences. */
export interface SentenceEncoder {
  /** Positions of a row. */
  readonly length: number;
  /**
   * How many of the first words of a sentence fit into a row, at least 1. Streams let longer sentences go on in further rows then. Left out:
   * they come to `encode` as they are.
   */
  fitting?(words: readonly string[]): number;
  /**
   * The inputs, a row a sentence, and for each sentence the position of each of its words, −1 where the row is too short. Of a word in several
   * pieces, the position of the first: that one has the tag. Where a model sees other positions than those of words (pieces, marks at the
   * ends), an input `words`, [length] of 1 and 0, says which are first pieces, so that decoders look at no other; without it,
   * `mask` does.
   */
  encode(sentences: readonly (readonly string[])[]): { readonly x: Columns; readonly positions: readonly ArrayLike<number>[] };
}

/** What is told of a word: itself in lower case, its last three letters, or the kinds of its characters ('Xx', 'd.d'). */
export type WordFeature = 'word' | 'suffix' | 'shape';

export interface HashedWordsOptions {
  /** Words of a row. */
  readonly length: number;
  /** What happens to a sentence that is longer: an error, or several rows, with no entity cut in two. Default 'refuse'. */
  readonly long?: 'refuse' | 'split';
  /** Numbers for the values of a feature, at least 2. Default 4096. */
  readonly buckets?: number;
  /** Default ['word']: ids are [length] then; of several features, [length, features]. */
  readonly features?: readonly WordFeature[];
}

const FEATURES = {
  word: (word: string) => word.toLowerCase(),
  suffix: (word: string) => word.toLowerCase().slice(-3),
  shape: (word: string) =>
    word
      .replace(/\p{Lu}+/gu, 'X')
      .replace(/\p{Ll}+/gu, 'x')
      .replace(/\p{N}+/gu, 'd'),
} satisfies Record<WordFeature, (word: string) => string>;

/**
 * Words as hashed numbers, for models with an embedding: inputs `ids` and `mask`, which is 1 at words and 0 at padding. Needs no
 * vocabulary, so that nothing of later tasks is known in advance. Ids are 0 for padding, 1 … buckets − 1 for the first feature, the `buckets`
 * numbers after these for the next, and so on.
 *
 * @throws CL_OPTION; `encode` throws CL_DATA for a sentence that is too long.
 * @example entityStream({ train, test, steps: [['PER'], ['LOC']], encoder: hashedWords({ length: 64, long: 'split' }) })
 */
export function hashedWords(options: HashedWordsOptions): SentenceEncoder {
  checkKnown('hashedWords', options, ['length', 'long', 'buckets', 'features']);
  const length = checkInteger('hashedWords', 'length', options.length, { min: 1 });
  const long = checkOneOf('hashedWords', 'long', options.long ?? 'refuse', ['refuse', 'split']);
  const buckets = checkInteger('hashedWords', 'buckets', options.buckets ?? 4096, { min: 2 });
  const features = checkList('hashedWords', 'features', options.features ?? ['word'], (feature, item) =>
    checkOneOf('hashedWords', item, feature, Object.keys(FEATURES) as WordFeature[]),
  );
  if (features.length === 0) throw optionError('hashedWords', 'features', features, 'a list of at least one feature');
  const shape = features.length === 1 ? [length] : [length, features.length];
  const known = new Map<string, readonly number[]>();
  const idsOf = (word: string): readonly number[] => {
    const found = known.get(word);
    if (found) return found;
    const ids = features.map((feature, k) => k * buckets + 1 + ((seedOf(0, FEATURES[feature](word))[0]! >>> 0) % (buckets - 1)));
    known.set(word, ids);
    return ids;
  };
  return {
    length,
    ...(long === 'split' && { fitting: (words: readonly string[]) => Math.min(words.length, length) }),
    encode(sentences) {
      const size = length * features.length;
      const values = new Int32Array(sentences.length * size);
      const mask = new Int32Array(sentences.length * length);
      sentences.forEach((words, row) => {
        if (words.length > length) throw tooLong(row, words.length, length);
        for (const [at, word] of words.entries()) values.set(idsOf(word), row * size + at * features.length);
        mask.fill(1, row * length, row * length + words.length);
      });
      const x = { ids: column(values, shape), mask: column(mask, [length]) };
      return { x, positions: sentences.map((words) => words.map((_, at) => at)) };
    },
  };
}

const tooLong = (index: number, words: number, length: number): ContinualLearningError =>
  new ContinualLearningError(
    'CL_DATA',
    `hashedWords(): sentence ${index} has ${words} words, and a row ${length}. Take longer rows, or let long sentences go on in further rows: { long: 'split' }.`,
  );
