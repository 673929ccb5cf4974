import { initialParameters } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { decoder, language, predictor, type TokenLists, type TokenPredictor, type Transformer } from '../../src/index.js';

const size = { vocabulary: 11, sequence: 12, positions: 40, width: 8, layers: 2, heads: 4, feedForward: 12, head: language() };

export const gpt2 = () => decoder({ ...size, layout: 'gpt2', dropout: 0 });
export const llama = () => decoder({ ...size, layout: 'llama', keyHeads: 2 });

/** Weights large enough for every part to matter. */
export const drawn = (model: Transformer, seed = 1): NamedTensorMap =>
  Object.fromEntries(
    Object.entries(initialParameters(model, seed)).map(([name, value]) => [name, name.endsWith('scale') ? value : tf.mul(value, 20)]),
  );

/** Log-probabilities behind a text, by the whole network and without a cache. */
export function behind(model: Transformer, parameters: NamedTensorMap, text: readonly number[]): number[] {
  return tf.tidy(() => {
    const { outputs } = model.apply(parameters, { ids: tf.tensor2d([[...text]], undefined, 'int32') });
    return [...tf.logSoftmax(outputs.slice([0, text.length - 1, 0], [1, 1, model.outputs]).reshape([model.outputs])).dataSync()];
  });
}

/** A predictor whose next token has the same log-probabilities each time that the last token is the same: a chain. */
export const chain = (table: readonly (readonly number[])[]): TokenPredictor =>
  predictor({
    vocabulary: table.length,
    sequence: 12,
    logits: ({ ids }) => tf.gather(tf.tensor2d(table as number[][]), ids),
  });

export const logs = (shares: readonly (readonly number[])[]) => shares.map((row) => row.map((share) => Math.log(Math.max(share, 1e-9))));

export const argMax = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/** The likeliest next token, again and again. */
export function greedily(model: Transformer, parameters: NamedTensorMap, prompt: readonly number[], count: number): number[] {
  const text = [...prompt];
  while (text.length < prompt.length + count) text.push(argMax(behind(model, parameters, text)));
  return text.slice(prompt.length);
}

export const PROMPTS: TokenLists = [[3], [1, 2, 3, 4, 5], [7, 7, 9], [10, 0]];
