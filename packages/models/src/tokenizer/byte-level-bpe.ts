import { ContinualLearningError, checkInteger, checkKnown, checkList } from '@cl/core';
import { piecesOf, SYMBOLS, symbolsOf, textOf } from './bytes.js';
import { mergesOf } from './merges.js';

export interface ByteLevelBpeOptions {
  /** Tokens in all, at most: the special ones, 256 for bytes, and one for each merge. */
  readonly vocabulary: number;
  /** Tokens that stand for no text, such as `<pad>`; they have the first ids, in this order. Default: none. */
  readonly special?: readonly string[];
  /** A pair that occurs less often is not merged. Default 2. */
  readonly minimumCount?: number;
}

/** Text as token ids, and back. */
export interface ByteLevelBpe {
  /** The tokens, by id: special ones, then bytes as GPT-2 writes them, then what was merged. */
  readonly tokens: readonly string[];
  /** Pairs of tokens that are one, the first merged first. */
  readonly merges: readonly (readonly [string, string])[];
  readonly special: readonly string[];
  /** Special tokens that stand in the text are one id each. */
  encode(text: string): number[];
  /** The text that has these ids, special tokens included. Throws CL_DATA for an id that there is not. */
  decode(ids: Iterable<number>): string;
  /** Hugging Face's `tokenizer.json`, for `JSON.stringify`. */
  toJSON(): object;
}

/**
 * Byte pair encoding learned from texts (Sennrich, Haddow & Birch, "Neural machine translation of rare words with subword units", ACL 2016,
 * arXiv 1508.07909), over UTF-8 bytes as in GPT-2: whatever text there is has an encoding, and comes back from it unchanged. The pair of
 * neighbours that is most frequent becomes one token, over and over; among equals the one with the smaller ids, as in Hugging Face's
 * trainer. For corpora of some megabytes.
 *
 * @throws CL_OPTION for an option that cannot be used.
 * @example
 * const tokenizer = trainByteLevelBpe(texts, { vocabulary: 4096, special: ['<pad>', '<mask>'] });
 * await writeFile('tokenizer.json', JSON.stringify(tokenizer));
 */
export function trainByteLevelBpe(texts: Iterable<string>, options: ByteLevelBpeOptions): ByteLevelBpe {
  const who = 'trainByteLevelBpe';
  checkKnown(who, options, ['vocabulary', 'special', 'minimumCount']);
  const { vocabulary, special = [], minimumCount = 2 } = options;
  checkList(who, 'special', special, (token) => token);
  checkInteger(who, 'vocabulary', vocabulary, { min: SYMBOLS.length + special.length });
  checkInteger(who, 'minimumCount', minimumCount, { min: 1 });
  if (special.some((token) => typeof token !== 'string' || token === '') || new Set(special).size < special.length) {
    const message = `${who}: special tokens must be different texts that are not empty, received ${special.map((t) => `'${t}'`).join(', ')}.`;
    throw new ContinualLearningError('CL_OPTION', message);
  }

  const tokens = [...special, ...[...SYMBOLS].sort()];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const split = splitter(special);
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const part of split(text)) {
      if (special.includes(part)) continue;
      for (const piece of piecesOf(part)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }
  }
  const words = [...counts].map(([piece, count]) => ({ ids: symbolsOf(piece).map((symbol) => idOf.get(symbol)!), count }));
  const pairs = mergesOf(words, { first: tokens.length, most: vocabulary - tokens.length, minimumCount });
  for (const [left, right] of pairs) tokens.push(tokens[left]! + tokens[right]!);
  return tokenizerOf({ tokens, merges: pairs.map(([left, right]) => [tokens[left]!, tokens[right]!] as const), special });
}

type Learned = Pick<ByteLevelBpe, 'tokens' | 'merges' | 'special'>;

function tokenizerOf(learned: Learned): ByteLevelBpe {
  const { tokens, merges, special } = learned;
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const rankOf = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  const split = splitter(special);
  const known = new Map<string, readonly number[]>();

  const encodePiece = (piece: string): readonly number[] => {
    const found = known.get(piece);
    if (found) return found;
    const ids = merged(symbolsOf(piece), rankOf).map((token) => idOf.get(token)!);
    if (known.size < CACHED) known.set(piece, ids);
    return ids;
  };

  return {
    ...learned,
    encode: (text) => split(text).flatMap((part) => (special.includes(part) ? idOf.get(part)! : piecesOf(part).flatMap(encodePiece))),
    decode(ids) {
      let [text, symbols] = ['', ''];
      for (const id of ids) {
        const token = tokens[id];
        if (token === undefined) {
          throw new ContinualLearningError(
            'CL_DATA',
            `decode(): there is no token ${id}; ids are whole numbers from 0 to ${tokens.length - 1}.`,
          );
        }
        if (id >= special.length) symbols += token;
        else [text, symbols] = [text + textOf(symbols) + token, ''];
      }
      return text + textOf(symbols);
    },
    toJSON: () => fileOf(learned),
  };
}

/** Pieces whose encoding is remembered. */
const CACHED = 100_000;

/** A text in parts: special tokens, and what is between them. */
function splitter(special: readonly string[]): (text: string) => readonly string[] {
  if (special.length === 0) return (text) => [text];
  // The longest first, so that '<a><b>' is not read as '<a>'.
  const longest = [...special].sort((a, b) => b.length - a.length).map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const boundary = new RegExp(`(${longest.join('|')})`);
  return (text) => text.split(boundary);
}

/** Neighbours become one, those first that were merged first in training. */
function merged(symbols: readonly string[], rankOf: ReadonlyMap<string, number>): readonly string[] {
  const tokens = [...symbols];
  for (;;) {
    let [best, at] = [Infinity, -1];
    for (let i = 0; i + 1 < tokens.length; i++) {
      const rank = rankOf.get(`${tokens[i]} ${tokens[i + 1]}`) ?? Infinity;
      if (rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return tokens;
    tokens.splice(at, 2, tokens[at]! + tokens[at + 1]!);
  }
}

function fileOf({ tokens, merges, special }: Learned): object {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const added = (content: string, id: number) => ({
    ...{ id, content, special: true },
    ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
  });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map(added),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
      ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}
