import { ContinualLearningError, checkInteger, checkKnown, column, type Dataset, dataset, NO_TARGET } from '@cl/core';

/** A text, and the text that is to be made of it: token ids. */
export interface TextPair {
  readonly source: readonly number[];
  /** With the token that ends it. */
  readonly target: readonly number[];
}

export interface TextToTextOptions {
  /** Tokens of a row of sources. */
  readonly sequence: number;
  /** Tokens of a row of targets, the one that answers begin with included. */
  readonly answer: number;
  /** The token that answers begin with. Default 0, as in T5. */
  readonly start?: number;
  /** What rows are filled up with. Default 0. */
  readonly padding?: number;
}

/**
 * Rows for an encoder–decoder and the objective `languageModel()`: inputs { ids, mask, decoderIds }, where `decoderIds` are `start` and the
 * target; as targets the same ids, but none (`NO_TARGET`) for `start` and padding.
 *
 * @throws CL_DATA for a text that is empty or longer than a row.
 * @example textToText([{ source: [8, 9, 1], target: [5, 6, 1] }], { sequence: 4, answer: 5 })
 * // ids [8, 9, 1, 0], mask [1, 1, 1, 0], decoderIds [0, 5, 6, 1, 0]; targets [-100, 5, 6, 1, -100]
 */
export function textToText(pairs: readonly TextPair[], options: TextToTextOptions): Dataset {
  checkKnown('textToText', options, ['sequence', 'answer', 'start', 'padding']);
  const { sequence, answer, start = 0, padding = 0 } = options;
  checkInteger('textToText', 'sequence', sequence, { min: 1 });
  checkInteger('textToText', 'answer', answer, { min: 2 });
  checkInteger('textToText', 'start', start, { min: 0 });
  checkInteger('textToText', 'padding', padding, { min: 0 });
  const filled = (length: number, value: number) => new Int32Array(pairs.length * length).fill(value);
  const [ids, mask] = [filled(sequence, padding), filled(sequence, 0)];
  const [decoderIds, targets] = [filled(answer, padding), filled(answer, NO_TARGET)];
  pairs.forEach(({ source, target }, row) => {
    checkLength(`source ${row}`, source, sequence);
    checkLength(`target ${row}`, target, answer - 1);
    ids.set(source, row * sequence);
    mask.fill(1, row * sequence, row * sequence + source.length);
    decoderIds.set([start, ...target], row * answer);
    targets.set(target, row * answer + 1);
  });
  const x = { ids: column(ids, [sequence]), mask: column(mask, [sequence]), decoderIds: column(decoderIds, [answer]) };
  return dataset(x, column(targets, [answer]));
}

function checkLength(what: string, tokens: readonly number[], most: number): void {
  if (tokens.length >= 1 && tokens.length <= most) return;
  const problem = tokens.length === 0 ? 'is empty' : `has ${tokens.length} tokens, and there is room for ${most}. Take longer rows`;
  throw new ContinualLearningError('CL_DATA', `textToText(): ${what} ${problem}.`);
}
