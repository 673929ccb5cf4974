import { ContinualLearningError, checkKnown, checkList } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkParameters } from './difference.js';
import { valuesOf } from './host.js';

export interface MapTokensOptions {
  /** The vocabulary when the difference was taken, by the number of each token. */
  readonly from: readonly string[];
  /** The vocabulary now. */
  readonly to: readonly string[];
  /** Parameters with a place for each token, and on which axis. Default: those of the transformers of @cl/models. */
  readonly axes?: { readonly [parameter: string]: number };
}

/** The table of words is the last layer's kernel too where they are tied; else that has a column for each. */
const AXES = { 'embedding/words': 0, 'head/kernel': 1, 'head/bias': 0 };

/**
 * A difference after a change of the vocabulary: the row of each token goes to where the token is now. Tokens that are new get zeros, so that
 * they stay what the model has learned of them, and what was taken from tokens that are gone is dropped; all by the string of a token, since
 * its number means nothing in another vocabulary. Reads tensors, and gives new ones.
 *
 * @throws CL_MODEL where a parameter of `axes` has another size on that axis than `from` has tokens.
 * @example addDifference(extended, mapTokens(aligned, { from: before.tokens, to: now.tokens }))
 */
export function mapTokens(difference: NamedTensorMap, options: MapTokensOptions): NamedTensorMap {
  checkKnown('mapTokens', options, ['from', 'to', 'axes']);
  checkParameters('mapTokens', difference);
  const { from, to, axes = AXES } = options;
  for (const [name, tokens] of Object.entries({ from, to })) checkList('mapTokens', name, tokens, (token) => token);
  const known = new Map(from.map((token, i) => [token, i] as const));
  const places = to.map((token) => known.get(token) ?? -1);
  const entries = Object.entries(difference).map(([name, tensor]) => {
    const axis = (axes as { readonly [parameter: string]: number })[name];
    if (axis === undefined) return [name, tf.clone(tensor)] as const;
    if (tensor.shape[axis] !== from.length) {
      throw new ContinualLearningError(
        'CL_MODEL',
        `mapTokens(): '${name}' has shape [${tensor.shape}], which on axis ${axis} is not the ${from.length} tokens of the vocabulary that it is from.`,
      );
    }
    return [name, moved(tensor, axis, places)] as const;
  });
  return Object.fromEntries(entries);
}

/** Slices along an axis in a new order; a place of −1 is zero. */
function moved(tensor: Tensor, axis: number, places: readonly number[]): Tensor {
  const product = (lengths: readonly number[]) => lengths.reduce((size, length) => size * length, 1);
  const [outer, inner] = [product(tensor.shape.slice(0, axis)), product(tensor.shape.slice(axis + 1))];
  const values = valuesOf(tensor);
  const result = new Float32Array(outer * places.length * inner);
  for (let block = 0; block < outer; block++) {
    for (const [place, source] of places.entries()) {
      if (source < 0) continue;
      const begin = (block * tensor.shape[axis]! + source) * inner;
      result.set(values.subarray(begin, begin + inner), (block * places.length + place) * inner);
    }
  }
  return tf.tensor(result, [...tensor.shape.slice(0, axis), places.length, ...tensor.shape.slice(axis + 1)]);
}
