import type { ApplyOptions, Site } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { asItIs, dropped, linear, type Part, parametersOf } from './parts.js';
import { type Rotation, rotated } from './rotary.js';

export interface AttentionOptions {
  readonly name: string;
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values, each shared by `heads / keyHeads` heads of queries. */
  readonly keyHeads: number;
  readonly headSize: number;
  /** Factor of the products of queries and keys. Default 1 / √headSize. */
  readonly scale?: number;
  readonly bias: boolean;
  /** Of the probabilities, in training. */
  readonly dropout: number;
  readonly deviation: number;
  /** Of the kernel of queries. Default: `deviation`. */
  readonly queryDeviation?: number;
  /** Of the kernel that leads back to `width`. */
  readonly outputDeviation: number;
}

/** What is looked at, and what is found there: [batch, heads, tokens, size] each. */
export type KeysAndValues = {
  readonly keys: Tensor;
  readonly values: Tensor;
};

/** What attention needs besides its input. */
export interface AttentionInputs {
  /** Added to the logits: 0 where a token may look, and far below any logit where not; [batch or 1, heads or 1, sequence or 1, tokens]. */
  readonly bias: Tensor;
  readonly rotation?: Rotation;
  /** Keys and values to look at in place of the input's own, which it gets: those of earlier tokens beside them, or those of another text. */
  readonly lookAt?: (own: () => KeysAndValues) => KeysAndValues;
}

/**
 * Scaled dot-product attention of several heads (Vaswani et al., 2017): softmax(Q Kᵀ / √size) V, heads side by side, and a linear layer.
 * Where several heads of queries share one of keys and values (Ainslie et al., 2023), their queries are stacked along the sequence, so
 * that nothing is repeated.
 */
export function attention(options: AttentionOptions) {
  const { name, width, heads, keyHeads, headSize, bias, dropout, deviation, outputDeviation } = options;
  const { scale = 1 / Math.sqrt(headSize) } = options;
  const inner = heads * headSize;
  const project = (part: string, count: number, from = deviation) =>
    linear({ name: `${name}/${part}`, inputs: width, units: count * headSize, bias, deviation: from });
  const [query, key, value] = [project('query', heads, options.queryDeviation), project('key', keyHeads), project('value', keyHeads)];
  const output = linear({ name: `${name}/output`, inputs: inner, units: width, bias, deviation: outputDeviation });
  const own = [query, ...(keyHeads === heads ? [key, value] : [])];
  const site: Site = {
    name: `${name}/heads`,
    kind: 'heads',
    units: inner,
    heads,
    feeds: [`${name}/output/kernel`],
    fedBy: own.flatMap(({ parameters }) => Object.keys(parameters)),
  };

  /** [batch, sequence, heads × size] → [batch, heads, sequence, size] */
  const split = (x: Tensor, count: number): Tensor => {
    const [batch, length] = x.shape as [number, number];
    // Of one token there is nothing to move.
    if (length === 1) return tf.reshape(x, [batch, count, 1, headSize]);
    return tf.transpose(tf.reshape(x, [batch, length, count, headSize]), [0, 2, 1, 3]);
  };

  /** [batch, heads, sequence, size] → [batch, sequence, heads × size] */
  const joined = (x: Tensor, length: number): Tensor =>
    tf.reshape(length === 1 ? x : tf.transpose(x, [0, 2, 1, 3]), [x.shape[0]!, length, inner]);

  const placed = (heads: Tensor, rotation: Rotation | undefined) => (rotation ? rotated(heads, rotation) : heads);

  const keysAndValues = (parameters: NamedTensorMap, x: Tensor, apply: ApplyOptions, rotation?: Rotation): KeysAndValues => ({
    keys: placed(split(key.apply(parameters, x, apply), keyHeads), rotation),
    values: split(value.apply(parameters, x, apply), keyHeads),
  });

  return {
    parameters: parametersOf([query, key, value, output]),
    sites: [...query.sites, ...key.sites, ...value.sites, site, ...output.sites],
    keysAndValues,
    apply(parameters: NamedTensorMap, x: Tensor, { bias, rotation, lookAt = ofItself }: AttentionInputs, apply: ApplyOptions): Tensor {
      const [batch, length] = x.shape as [number, number];
      const q = placed(split(query.apply(parameters, x, apply), heads), rotation);
      const { keys, values } = lookAt(() => keysAndValues(parameters, x, apply, rotation));

      const seen = keys.shape[2]!;
      const shared = [batch, keyHeads, (heads / keyHeads) * length];
      const stacked = keyHeads === heads ? q : tf.reshape(q, [...shared, headSize]);
      const products = tf.matMul(scale === 1 ? stacked : tf.mul(stacked, scale), keys, false, true);
      const logits = tf.add(tf.reshape(products, [batch, heads, length, seen]), bias);
      const probabilities = dropped(tf.softmax(logits), dropout, 0, apply);
      const context = tf.matMul(keyHeads === heads ? probabilities : tf.reshape(probabilities, [...shared, seen]), values);
      const { at = asItIs } = apply;
      return output.apply(parameters, at(site, joined(tf.reshape(context, [batch, heads, length, headSize]), length)), apply);
    },
  } satisfies Part & { apply: unknown; keysAndValues: unknown };
}

const ofItself = (own: () => KeysAndValues): KeysAndValues => own();

/** Far below any logit: its softmax is exactly 0. Not −∞, so that a row of padding alone has no NaN. */
const OUT = -1e9;

/** Nobody looks at padding: from a mask [batch, sequence] of ones and zeros, [batch, 1, 1, sequence]. */
export const paddingBias = (mask: Tensor): Tensor => {
  const [batch, length] = mask.shape as [number, number];
  return tf.mul(tf.sub(1, tf.reshape(tf.cast(mask, 'float32'), [batch, 1, 1, length])), OUT);
};

/** Nobody looks ahead: from the place of each token, [batch or 1, sequence], and the number of places that there are: [batch or 1, 1, sequence, places]. */
export const causalBias = (positions: Tensor, places: number): Tensor => {
  const [batch, length] = positions.shape as [number, number];
  const ahead = tf.greater(tf.reshape(tf.range(0, places), [1, 1, places]), tf.expandDims(tf.cast(positions, 'float32'), 2));
  return tf.reshape(tf.mul(tf.cast(ahead, 'float32'), OUT), [batch, 1, length, places]);
};
