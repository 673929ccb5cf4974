import type { Block } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import type { Objective } from './objective.js';
import { accuracyOfTokens, checkTokens, crossEntropyOfTokens, NO_TARGET } from './tokens.js';

/**
 * The next token, from those before it: cross-entropy of the output at each position and the token that follows, the mean over all tokens
 * that count; reports `accuracy`, of tokens. e^loss is the perplexity. The model must not look ahead.
 *
 * Targets: the token ids themselves, int32 [batch, sequence], as in Hugging Face's libraries, and −100 (`NO_TARGET`; any negative number) for
 * tokens that are not to be predicted, such as padding, or a question where only its answer is learned. What hooks see in `batch.y` is what
 * the output at the same place is to be: the ids one place earlier.
 *
 * @example new Learner({ model, objective: languageModel(), optimizer: adamW(5e-4), scenario: 'domain' })
 */
export function languageModel(): Objective {
  return {
    name: 'languageModel',
    present: (rows) => ({ ...rows, y: oneEarlier(rows.y, rows.count) }),
    terms: (outputs, batch) => crossEntropyOfTokens(outputs, batch.y, batch),
    measure: (outputs, batch) => ({ accuracy: accuracyOfTokens(outputs, batch.y, batch) }),
    check: (y, outputs) => checkTokens('languageModel', y, outputs),
  };
}

/** Each row of labels moved to the left by one; nothing follows the last token. */
function oneEarlier({ values, shape }: Block, rows: number): Block {
  const [length] = shape;
  if (shape.length !== 1 || length === undefined) {
    throw new ContinualLearningError(
      'CL_SHAPE',
      `languageModel(): targets must be token ids, int32 [sequence] a row, received [${shape}].`,
    );
  }
  const moved = new Int32Array(values.length).fill(NO_TARGET);
  for (let row = 0; row < rows; row++) moved.set(values.subarray(row * length + 1, (row + 1) * length), row * length);
  return { values: moved, shape };
}
