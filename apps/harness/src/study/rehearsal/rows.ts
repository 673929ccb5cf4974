import { column, type Dataset, dataset, NO_TARGET, random } from '@cl/core';
import { type ByteLevelBpe, trainByteLevelBpe } from '@cl/models';
import { drawnPrompt } from '../../data/prompts.js';
import type { TextPair } from '../../data/seq2seq.js';

/** Texts as tokens: a prompt, a mark, an answer, an end. */
export interface Format {
  readonly tokenizer: ByteLevelBpe;
  /** Tokens of a row, and of an answer at most. */
  readonly length: number;
  readonly answer: number;
}

const SPECIAL = ['<pad>', '<answer>', '<end>'] as const;
const [PADDING, ANSWER, END] = [0, 1, 2] as const;

/** A format whose tokens are learned from texts. */
export const formatOf = (
  texts: readonly string[],
  { vocabulary, length, answer }: { readonly vocabulary: number; readonly length: number; readonly answer: number },
): Format => ({ tokenizer: trainByteLevelBpe(texts, { vocabulary, special: SPECIAL }), length, answer });

/** A prompt up to the mark behind which the answer stands. One that is too long loses its end: what is asked stands in front. */
export const promptTokens = ({ tokenizer, length, answer }: Format, prompt: string): number[] => [
  ...tokenizer.encode(prompt).slice(0, length - answer - 1),
  ANSWER,
];

/** What ends an answer, and how long one may be: for generation. */
export const answering = ({ answer }: Format) => ({ stop: [END], maxTokens: answer });

/** A text without white space around it. */
export const answerOf = ({ tokenizer }: Format, tokens: readonly number[]): string => tokenizer.decode(tokens).trim();

/**
 * Pairs as rows of a language model that learns the answers alone, each with one of the wordings of its prompt. As many rows as asked for: all
 * pairs in random order, over and over, where there are fewer.
 */
export function rowsOf(
  format: Format,
  { name, train }: { readonly name: string; readonly train: readonly TextPair[] },
  { count, seed }: { readonly count: number; readonly seed: number },
): Dataset {
  const { tokenizer, length, answer } = format;
  const draws = random(seed, 'rows', name);
  const ids = new Int32Array(count * length).fill(PADDING);
  const mask = new Int32Array(count * length);
  const targets = new Int32Array(count * length).fill(NO_TARGET);
  let order = new Int32Array() as Int32Array;
  for (let row = 0; row < count; row++) {
    if (row % train.length === 0) order = draws.permutation(train.length);
    const pair = train[order[row % train.length]!]!;
    const asked = promptTokens(format, drawnPrompt(name, pair, draws));
    // An answer that is too long is learned as far as it goes, and has no end.
    const answered = [...tokenizer.encode(` ${pair.references[0]}`), END].slice(0, answer);
    ids.set([...asked, ...answered], row * length);
    mask.fill(1, row * length, row * length + asked.length + answered.length);
    targets.set(answered, row * length + asked.length);
  }
  return dataset({ ids: column(ids, [length]), mask: column(mask, [length]) }, column(targets, [length]));
}
