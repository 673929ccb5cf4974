import { type ApplyOptions, gather, named, type ParameterSpec, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { norm } from './norm.js';
import { asItIs, dropped, type Part } from './parts.js';

export interface EmbeddingOptions {
  readonly vocabulary: number;
  readonly width: number;
  /** Rows of the table of positions; 0 where positions come in elsewhere. */
  readonly positions: number;
  /** Row of that table which the first token has. Default 0. */
  readonly firstPosition?: number;
  /** Kinds of tokens; all of an input are of the first. 0: no table. */
  readonly types: number;
  /** Of the normalisation of the sum; null: there is none. */
  readonly epsilon: number | null;
  readonly dropout: number;
  readonly deviation: number;
}

/** The table of words, [vocabulary, width]. */
export const WORDS = 'embedding/words';

const POSITIONS = 'embedding/positions';
const TYPES = 'embedding/types';

/** Token numbers [batch, sequence] to vectors [batch, sequence, width]: of the word, its position and its kind. */
export function embedding(options: EmbeddingOptions) {
  const { vocabulary, width, positions, firstPosition = 0, types, epsilon, dropout, deviation } = options;
  const table = (rows: number): ParameterSpec => ({ shape: [rows, width], role: 'trunk', initializer: { name: 'normal', deviation } });
  const normalization = epsilon === null ? null : norm({ name: 'embedding/norm', units: width, epsilon, kind: 'layer' });
  const site: Site = { name: 'embedding', kind: 'hidden', units: width };
  return {
    parameters: {
      [WORDS]: table(vocabulary),
      ...(positions > 0 && { [POSITIONS]: table(firstPosition + positions) }),
      ...(types > 0 && { [TYPES]: table(types) }),
      ...normalization?.parameters,
    },
    sites: [site],
    /** `places`: positions of the tokens, int32 [batch, sequence]. Default: from the first on. */
    apply(parameters: NamedTensorMap, ids: Tensor, apply: ApplyOptions, places?: Tensor): Tensor {
      const length = ids.shape[1]!;
      let sum = gather(named(parameters, WORDS), ids);
      if (types > 0) sum = tf.add(sum, tf.slice(named(parameters, TYPES), [0, 0], [1, width]));
      if (positions > 0) {
        const table = named(parameters, POSITIONS);
        sum = tf.add(sum, places ? gather(table, places) : tf.slice(table, [firstPosition, 0], [length, width]));
      }
      const value = normalization ? normalization.apply(parameters, sum, apply) : sum;
      const { at = asItIs } = apply;
      return at(site, dropped(value, dropout, 0, apply));
    },
  } satisfies Part & { apply: unknown };
}
