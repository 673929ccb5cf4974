import { ContinualLearningError, checkNumber } from '@cl/core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Sequences, TokenPredictor } from './predictor.js';

/** A predictor, and how much its logits weigh. */
export interface WeightedPredictor {
  readonly of: TokenPredictor;
  readonly weight: number;
}

/**
 * A predictor whose logits are a weighted sum of others': M + α · (M⁺ − M⁻) is proxy-tuning (Liu et al., 2024, arXiv 2401.08565), which lets a
 * model answer as if it had been trained as a smaller one was. They must have the same tokens. They stay yours to dispose.
 *
 * @throws CL_OPTION
 * @example sumOfLogits([{ of: base, weight: 1 }, { of: expert, weight: 0.5 }, { of: antiExpert, weight: -0.5 }])
 */
export function sumOfLogits(parts: readonly WeightedPredictor[]): TokenPredictor {
  const [first] = parts;
  if (!first) throw new ContinualLearningError('CL_OPTION', 'sumOfLogits(): received no predictors.');
  const { vocabulary } = first.of;
  parts.forEach(({ of, weight }, i) => {
    checkNumber('sumOfLogits', `parts[${i}].weight`, weight);
    if (of.vocabulary === vocabulary) return;
    throw new ContinualLearningError(
      'CL_OPTION',
      `sumOfLogits(): predictor ${i} has ${of.vocabulary} tokens and the first one ${vocabulary}; logits can only be added where they are of the same tokens.`,
    );
  });
  return {
    vocabulary,
    roomAfter: (prompt) => Math.min(...parts.map(({ of }) => of.roomAfter(prompt))),
    begin(prompts, room) {
      const begun = parts.map(({ of }) => of.begin(prompts, room));
      const sum = <T extends Tensor>(logits: readonly T[]): T => {
        // A part may pad further than another.
        const count = Math.min(...logits.map(({ shape }) => shape[1]!));
        const same = (part: T) => (part.rank === 3 ? tf.slice(part, [0, 0, 0], [part.shape[0]!, count, vocabulary]) : part);
        const total = tf.tidy(() => tf.addN(logits.map((part, i) => tf.mul(same(part), parts[i]!.weight)))) as T;
        tf.dispose(logits as T[]);
        return total;
      };
      const sequences: Sequences = {
        append: (tokens, from) => sum(begun.map((part) => part.sequences.append(tokens, from))),
        appendEach: (tokens, from) => sum(begun.map((part) => part.sequences.appendEach(tokens, from))),
        dispose() {
          for (const part of begun) part.sequences.dispose();
        },
      };
      return { logits: sum<Tensor2D>(begun.map(({ logits }) => logits)), sequences };
    },
    dispose: () => {},
  };
}
