import { ContinualLearningError, checkHas, checkInteger, checkKnown, checkOneOf, column, type SentenceEncoder } from '@cl/core';
import type { Tokenizer } from '../pretrained/index.js';

export interface WordPiecesOptions {
  /** Of a model whose words are cut into pieces, such as BERT's. */
  readonly tokenizer: Tokenizer;
  /** Pieces of a row, special ones included; at most the positions of the model. */
  readonly length: number;
  /** What happens to a sentence that is longer: an error, or several rows, with no entity cut in two. Default 'refuse'. */
  readonly long?: 'refuse' | 'split';
}

/**
 * Sentences for a pre-trained model, in the pieces that it knows words by. A word's first piece has its tag (Devlin et al., "BERT", 2019, §5.3);
 * the others, and the special ones at the ends, are seen by the model, but not learned from. Inputs `ids`, `mask`, and `words`, 1 at first
 * pieces and 0 elsewhere: int32 [length] a row.
 *
 * @throws CL_OPTION; `encode` throws CL_DATA for a sentence that is too long.
 * @example entityStream({ train, test, encoder: wordPieces({ tokenizer, length: 64, long: 'split' }) })
 */
export function wordPieces(options: WordPiecesOptions): SentenceEncoder {
  checkKnown('wordPieces', options, ['tokenizer', 'length', 'long']);
  const { tokenizer, length, long = 'refuse' } = options;
  checkHas('wordPieces', 'tokenizer', tokenizer, ['pieces', 'framed', 'idOf'], 'a tokenizer, as tokenizerOf() makes');
  const frame = tokenizer.framed([]).length;
  checkInteger('wordPieces', 'length', length, { min: frame + 1 });
  checkOneOf('wordPieces', 'long', long, ['refuse', 'split']);
  const room = length - frame;
  const before = tokenizer.framed([-1]).indexOf(-1);
  const unknown = tokenizer.idOf('[UNK]') ?? tokenizer.padding;

  const known = new Map<string, readonly number[]>();
  const piecesOf = (word: string): readonly number[] => {
    const found = known.get(word);
    if (found) return found;
    const pieces = tokenizer.pieces(word);
    // A word of which nothing is left has a tag all the same. Of one that is longer than a row, the rest would have none.
    const kept = pieces.length === 0 ? [unknown] : long === 'split' ? pieces.slice(0, room) : pieces;
    known.set(word, kept);
    return kept;
  };

  return {
    length,
    ...(long === 'split' && {
      fitting(words: readonly string[]) {
        let [count, taken] = [0, 0];
        while (count < words.length && taken + piecesOf(words[count]!).length <= room) taken += piecesOf(words[count++]!).length;
        return count;
      },
    }),
    encode(sentences) {
      const size = sentences.length * length;
      const [ids, mask, firsts] = [new Int32Array(size).fill(tokenizer.padding), new Int32Array(size), new Int32Array(size)];
      const positions = sentences.map((words, row) => {
        const pieces = words.map(piecesOf);
        const framed = tokenizer.framed(pieces.flat());
        if (framed.length > length) throw tooLong(row, framed.length, length);
        ids.set(framed, row * length);
        mask.fill(1, row * length, row * length + framed.length);
        let next = before;
        return pieces.map((those) => {
          const at = next;
          firsts[row * length + at] = 1;
          next += those.length;
          return at;
        });
      });
      const shape = [length];
      return { x: { ids: column(ids, shape), mask: column(mask, shape), words: column(firsts, shape) }, positions };
    },
  };
}

const tooLong = (index: number, pieces: number, length: number): ContinualLearningError =>
  new ContinualLearningError(
    'CL_DATA',
    `wordPieces(): sentence ${index} has ${pieces} pieces with the special ones, and a row ${length}. Take longer rows, or let long sentences go on in further rows: { long: 'split' }.`,
  );
