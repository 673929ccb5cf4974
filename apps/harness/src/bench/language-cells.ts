import {
  column,
  custom,
  dataset,
  languageModel,
  maskedLanguageModel,
  NO_TARGET,
  type Objective,
  random,
  type TaskData,
  tokenClassification,
} from '@cl/core';
import { decoder, encoder, language, type Transformer, tokens } from '@cl/models';

/** Sizes of a network and of its batches. They go to `bench/pytorch/language.py` as they are. */
export type LanguageSize = {
  readonly vocabulary: number;
  /** Tokens of a text. */
  readonly sequence: number;
  /** Longest text that there are positions for. */
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Texts of a batch. */
  readonly batch: number;
};

/** A network that reads texts and what it is trained to do. The same names are in `bench/pytorch/language.py`. */
export interface LanguageCell {
  readonly name: string;
  readonly title: string;
  readonly size: LanguageSize;
  /** Steps timed in one turn: some tenths of a second. */
  readonly turn: number;
  model(size: LanguageSize): Transformer;
  objective(size: LanguageSize): Objective;
  /** What is asked for at each token, −100 for nothing. */
  labels(ids: Int32Array, mask: Int32Array): Int32Array;
  /** True: texts are padded, to between half of `sequence` and all of it. */
  readonly padded: boolean;
}

const SMALL: LanguageSize = { vocabulary: 2048, sequence: 64, positions: 128, width: 128, layers: 4, heads: 4, batch: 16 };
const LABELS = 9;

export const LANGUAGE_CELLS: readonly LanguageCell[] = [
  {
    name: 'encoder-masked',
    title: 'Encoder, 4 layers of 128, masked language model, 16 × 64 of 2048 tokens, AdamW',
    size: SMALL,
    turn: 8,
    model: ({ batch, ...size }) => encoder({ ...size, head: language() }),
    objective: ({ vocabulary }) => maskedLanguageModel({ vocabulary, mask: vocabulary - 1, compact: true }),
    labels: (ids) => ids,
    padded: false,
  },
  {
    name: 'decoder-causal',
    title: 'Decoder in the layout of GPT-2, 4 layers of 128, 16 × 64 of 2048 tokens, AdamW',
    size: SMALL,
    turn: 8,
    model: ({ batch, ...size }) => decoder({ ...size, layout: 'gpt2', head: language() }),
    objective: () => languageModel(),
    labels: (ids) => ids,
    padded: false,
  },
  {
    name: 'minilm-tokens',
    title: 'MiniLM-L6, 6 layers of 384, token classification, 16 × 64 of 30,522 tokens, AdamW',
    size: { vocabulary: 30_522, sequence: 64, positions: 512, width: 384, layers: 6, heads: 12, batch: 16 },
    turn: 2,
    model: ({ batch, ...size }) => encoder({ ...size, head: tokens({ outputs: LABELS }) }),
    objective: () => tokenClassification(),
    labels: (ids, mask) => ids.map((id, i) => (mask[i] ? id % LABELS : NO_TARGET)),
    padded: true,
  },
];

/** Texts of a task, as in `bench/pytorch/language.py`. */
const TEXTS = 160;

/** Two tasks of tokens drawn at random: what they are changes no time. */
export function textsOf(cell: LanguageCell): readonly TaskData[] {
  const { model, labels, padded, size } = cell;
  const { vocabulary, sequence } = size;
  const half = sequence / 2;
  const task = (index: number) => {
    const draws = random(1, 'texts', index);
    // The last token is the mask.
    const ids = Int32Array.from({ length: TEXTS * sequence }, () => draws.integer(vocabulary - 1));
    const mask = new Int32Array(TEXTS * sequence).fill(1);
    if (padded) for (let row = 0; row < TEXTS; row++) mask.fill(0, row * sequence + half + draws.integer(half + 1), (row + 1) * sequence);
    const texts = dataset({ ids: column(ids, [sequence]), mask: column(mask, [sequence]) }, column(labels(ids, mask), [sequence]));
    return { train: texts, test: texts };
  };
  return custom({ tasks: [task(0), task(1)], scenario: 'domain', outputs: model(size).outputs }).tasks;
}
