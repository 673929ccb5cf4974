import { ContinualLearningError } from '@cl/core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { longest, paddedTokens } from './cached.js';
import type { LogitsFunction, TokenLists, TokenPredictor } from './predictor.js';

/** A predictor that asks about the whole text for each token. */
export function uncached({ vocabulary, sequence, logits }: LogitsFunction): TokenPredictor {
  /** Logits behind each token of these texts, [rows, sequence, vocabulary]. Call it in a tidy. */
  function behindEach(texts: TokenLists): Tensor {
    const found = logits(paddedTokens(texts, sequence));
    const shape = [texts.length, sequence];
    if (`${found.shape}` !== `${[...shape, vocabulary]}`) {
      throw new ContinualLearningError(
        'CL_SHAPE',
        `predictor(): logits must be [${[...shape, vocabulary].join(', ')}], a row for each token, received [${found.shape.join(', ')}].`,
      );
    }
    return found;
  }

  /** Of each text `count` rows of logits, from one on. */
  const slices = (all: Tensor, starts: readonly number[], count: number): Tensor =>
    tf.stack(starts.map((start, row) => tf.reshape(tf.slice(all, [row, start, 0], [1, count, vocabulary]), [count, vocabulary])));

  return {
    vocabulary,
    roomAfter: (prompt) => sequence - prompt.length,
    begin(prompts) {
      let texts = prompts;
      const last = () =>
        tf.tidy(() => {
          const ends = slices(
            behindEach(texts),
            texts.map((text) => text.length - 1),
            1,
          );
          return tf.reshape(ends, [texts.length, vocabulary]) as Tensor2D;
        });
      const append = (tokens: TokenLists, from: readonly number[] = texts.map((_, row) => row)) => {
        const before = from.map((row) => texts[row]!);
        texts = before.map((text, row) => [...text, ...tokens[row]!]);
        return before;
      };
      return {
        logits: last(),
        sequences: {
          append(tokens, from) {
            append(tokens, from);
            return last();
          },
          appendEach(tokens, from) {
            const before = append(tokens, from);
            const count = longest(tokens);
            // Padded, so that the last row of logits of each is there.
            return tf.tidy(() =>
              slices(
                tf.pad(behindEach(texts), [
                  [0, 0],
                  [0, count],
                  [0, 0],
                ]),
                before.map((text) => text.length),
                count,
              ),
            );
          },
          dispose: () => {},
        },
      };
    },
    dispose: () => {},
  };
}
