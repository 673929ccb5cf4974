import { ContinualLearningError, checkHas, checkInteger, checkKnown, column, type Dataset, dataset, random } from '@cl/core';

/** What texts are cut into tokens by: a `Tokenizer`, or `{ pieces: bpe.encode, framed: (ids) => [...ids] }` of a `ByteLevelBpe`. */
export interface TextTokens {
  /** The tokens of a text, without special ones. */
  pieces(text: string): number[];
  /** The same tokens between those that a row has around it. */
  framed(pieces: readonly number[]): number[];
}

export interface PackedOptions {
  readonly tokenizer: TextTokens;
  /** Tokens of a row, special ones included. */
  readonly length: number;
  /** Tokens in all rows together, special ones included: as many rows as fit into it. Default: as many as the texts give. */
  readonly tokens?: number;
  /** Tokens that follow each text, such as an end of text. Default: none. */
  readonly after?: readonly number[];
  /** Of the order of the texts. Default: as they come. */
  readonly seed?: number;
}

/**
 * Texts as rows of one length without padding: they are put one after another and cut where a row is full, as language models are
 * trained (Liu et al., "RoBERTa", 2019, "full sentences"). Inputs `{ ids, mask }`, int32 [length] a row, the mask all ones; targets the ids
 * themselves, for `maskedLanguageModel` and `languageModel`. What does not fill a row at the end is left out.
 *
 * Rows are made of the texts only as far as `tokens` needs them. Fewer tokens than asked for are an error, so that budgets that should be equal are.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_DATA if the texts have fewer tokens than `tokens`, or than one row.
 * @example packed(texts, { tokenizer, length: 64, tokens: 200_000, seed: 1 })
 */
export function packed(texts: readonly string[], options: PackedOptions): Dataset {
  checkKnown('packed', options, ['tokenizer', 'length', 'tokens', 'after', 'seed']);
  const { tokenizer, length, tokens, after = [], seed } = options;
  checkHas('packed', 'tokenizer', tokenizer, ['pieces', 'framed'], 'a tokenizer, as tokenizerOf() makes');
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string'))
    throw new ContinualLearningError('CL_DATA', 'packed(): texts must be a list of texts.');
  const frame = tokenizer.framed([]).length;
  checkInteger('packed', 'length', length, { min: frame + 1 });
  if (tokens !== undefined) checkInteger('packed', 'tokens', tokens, { min: length });
  if (seed !== undefined) checkInteger('packed', 'seed', seed, { min: 0 });

  const room = length - frame;
  const wanted = tokens === undefined ? Infinity : Math.floor(tokens / length);
  const order = seed === undefined ? texts.keys() : random(seed, 'packed').permutation(texts.length);
  const ids: number[] = [];
  let rows = 0;
  let rest: number[] = [];
  for (const i of order) {
    if (rows >= wanted) break;
    rest = [...rest, ...tokenizer.pieces(texts[i]!), ...after];
    let at = 0;
    for (; at + room <= rest.length && rows < wanted; at += room, rows++) ids.push(...tokenizer.framed(rest.slice(at, at + room)));
    rest = rest.slice(at);
  }
  if (rows === 0 || (rows < wanted && wanted < Infinity)) throw tooFew(texts.length, rows * length, tokens ?? length);
  return rowsOf(Int32Array.from(ids), length);
}

function rowsOf(ids: Int32Array, length: number): Dataset {
  const tokens = column(ids, [length]);
  return dataset({ ids: tokens, mask: column(new Int32Array(ids.length).fill(1), [length]) }, tokens);
}

const tooFew = (texts: number, found: number, wanted: number) =>
  new ContinualLearningError(
    'CL_DATA',
    `packed(): ${texts} texts give ${found} tokens in whole rows, and ${wanted} are asked for. Give more texts, or ask for fewer tokens.`,
  );
