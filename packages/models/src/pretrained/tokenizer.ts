import { type Column, ContinualLearningError, checkInteger, checkKnown, checkOneOf, column } from '@cl/core';
import { Tokenizer as Pieces } from '@huggingface/tokenizers';
import type { Transformer } from '../transformer/index.js';
import { filesOf, json, needed, type PretrainedSource } from './files.js';
import { refused } from './refused.js';

/** Texts as inputs of a transformer: a row each. */
export type EncodedTexts = {
  /** Token numbers, int32 [length]. */
  readonly ids: Column;
  /** 1 for a token, 0 for padding, int32 [length]. */
  readonly mask: Column;
};

export interface EncodeOptions {
  /** Tokens of a row, special ones included. */
  readonly length: number;
  /** What happens to a text that is longer: an error, or several rows. Nothing is cut off. Default 'refuse'. */
  readonly long?: 'refuse' | 'split';
}

/** Text to token numbers and back. */
export interface Tokenizer {
  /** How many tokens there are. */
  readonly vocabulary: number;
  /** The number that rows are filled up with. */
  readonly padding: number;
  /**
   * @throws CL_DATA for a text that is too long.
   * @example dataset(tokenizer.encode(texts, { length: 64 }), column(labels, []))
   */
  encode(texts: readonly string[], options: EncodeOptions & { readonly long?: 'refuse' }): EncodedTexts;
  /** Long texts go on in further rows; `text` has the index of the text that a row is of. */
  encode(texts: readonly string[], options: EncodeOptions & { readonly long: 'split' }): EncodedTexts & { readonly text: Int32Array };
  /** The tokens of a text, or of a word of it, without special ones: for data that are labelled word by word. */
  pieces(text: string): number[];
  /** The same tokens between those special ones that a text has around it. */
  framed(pieces: readonly number[]): number[];
  /** The number of a token such as '[MASK]'. Undefined where there is none. */
  idOf(token: string): number | undefined;
  decode(ids: readonly number[]): string;
}

export interface TokenizerOptions {
  /** The model that reads the tokens. Default: as `config.json` beside the tokenizer describes it, if there is one. */
  readonly model?: Transformer;
}

/**
 * The tokenizer of a pre-trained model, from `tokenizer.json` and, where there is one, `tokenizer_config.json`.
 *
 * @throws CL_CHECKPOINT if there is none, if it is damaged, or if it is not the model's: it has tokens that the model does not have, or
 *   far fewer.
 * @example const tokenizer = await tokenizerOf('models/minilm-l6', { model });
 */
export async function tokenizerOf(source: PretrainedSource, options: TokenizerOptions = {}): Promise<Tokenizer> {
  checkKnown('tokenizerOf', options, ['model']);
  const files = filesOf(source);
  const rules = json(await needed(files, 'tokenizer.json'), `${files.place}/tokenizer.json`);
  const about = await files.read('tokenizer_config.json');
  const settings = about ? json(about, `${files.place}/tokenizer_config.json`) : {};
  const config = options.model ? null : await files.read('config.json');
  const reads: Sizes = options.model ? sizesOf(options.model) : config ? sizesIn(json(config, `${files.place}/config.json`)) : {};
  let tokenizer: Pieces;
  try {
    tokenizer = new Pieces(rules, settings);
  } catch (cause) {
    throw refused(`${files.place}/tokenizer.json: not a tokenizer that is understood.`, cause);
  }

  const ids = [...tokenizer.get_vocab().values()];
  const vocabulary = ids.reduce((most, id) => Math.max(most, id), -1) + 1;
  checkFit(vocabulary, reads.vocabulary, files.place);
  return textsOf(tokenizer, { vocabulary, padding: paddingOf(tokenizer, rules, settings), positions: reads.positions ?? Infinity });
}

interface Sizes {
  readonly vocabulary?: number | undefined;
  readonly positions?: number | undefined;
}

const sizesOf = ({ architecture }: Transformer): Sizes => architecture.options;

const sizesIn = (config: { readonly [name: string]: unknown }): Sizes => ({
  vocabulary: config.vocab_size as number | undefined,
  positions: (config.max_position_embeddings ?? config.n_positions) as number | undefined,
});

/** Models may have rows of embeddings to spare, but not many. */
function checkFit(tokens: number, vocabulary: number | undefined, place: string): void {
  if (vocabulary === undefined || (tokens <= vocabulary && tokens > 0.9 * vocabulary)) return;
  throw refused(`${place}: the tokenizer has ${tokens} tokens and the model ${vocabulary}, so they do not belong together.`);
}

function paddingOf(tokenizer: Pieces, rules: { readonly [name: string]: unknown }, settings: { readonly [name: string]: unknown }): number {
  const told = (rules.padding as { pad_id?: number } | null)?.pad_id;
  const named = settings.pad_token as string | { content: string } | undefined;
  const token = typeof named === 'object' && named ? named.content : named;
  // Where there is no such token any will do: the mask leaves it out.
  return told ?? (token ? tokenizer.token_to_id(token) : undefined) ?? tokenizer.token_to_id('[PAD]') ?? 0;
}

interface Facts {
  readonly vocabulary: number;
  readonly padding: number;
  readonly positions: number;
}

function textsOf(tokenizer: Pieces, { vocabulary, padding, positions }: Facts): Tokenizer {
  const { before, after } = frameOf(tokenizer);
  const frame = before.length + after.length;
  const pieces = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const framed = (ids: readonly number[]) => [...before, ...ids, ...after];

  function encode(texts: readonly string[], options: EncodeOptions): EncodedTexts & { readonly text?: Int32Array } {
    checkKnown('encode', options, ['length', 'long']);
    const { length, long = 'refuse' } = options;
    checkInteger('encode', 'length', length, { min: frame + 1, max: positions === Infinity ? 2 ** 31 : positions });
    checkOneOf('encode', 'long', long, ['refuse', 'split']);
    const room = length - frame;
    const rows: number[][] = [];
    const owners: number[] = [];
    texts.forEach((text, i) => {
      const all = pieces(text);
      if (all.length > room && long === 'refuse') throw tooLong(i, all.length + frame, length, positions);
      for (let at = 0; at === 0 || at < all.length; at += room) {
        rows.push(framed(all.slice(at, at + room)));
        owners.push(i);
      }
    });
    const [ids, mask] = [new Int32Array(rows.length * length).fill(padding), new Int32Array(rows.length * length)];
    rows.forEach((row, i) => {
      ids.set(row, i * length);
      mask.fill(1, i * length, i * length + row.length);
    });
    const columns = { ids: column(ids, [length]), mask: column(mask, [length]) };
    return long === 'split' ? { ...columns, text: Int32Array.from(owners) } : columns;
  }

  return {
    vocabulary,
    padding,
    encode: encode as Tokenizer['encode'],
    pieces,
    framed,
    idOf: (token) => tokenizer.token_to_id(token),
    decode: (ids) => tokenizer.decode([...ids]),
  };
}

/** The special tokens that a text gets around it. */
function frameOf(tokenizer: Pieces): { readonly before: readonly number[]; readonly after: readonly number[] } {
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const full = tokenizer.encode('a').ids;
  const at = full.findIndex((_, i) => bare.every((id, k) => full[i + k] === id));
  return { before: full.slice(0, at), after: full.slice(at + bare.length) };
}

const tooLong = (index: number, tokens: number, length: number, positions: number) =>
  new ContinualLearningError(
    'CL_DATA',
    `encode(): text ${index} has ${tokens} tokens, and a row ${length}. Take longer rows${positions === Infinity ? '' : ` (the model has ${positions} positions)`}, or spread long texts over several: { long: 'split' }.`,
  );
