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
  readonly bias: boolean;
  /** Of the probabilities, in training. */
  readonly dropout: number;
  readonly deviation: number;
  /** Of the kernel that leads back to `width`. */
  readonly outputDeviation: number;
}

/** What attention needs besides its input. */
export interface AttentionInputs {
  /** Added to the logits: 0 where a token may look, and far below any logit where not; [batch or 1, 1, sequence or 1, sequence]. */
  readonly bias: Tensor;
  readonly rotation?: Rotation;
}

/**
 * Scaled dot-product attention of several heads (Vaswani et al., 2017): softmax(Q Kᵀ / √size) V, heads side by side, and a linear layer.
 * Where several heads of queries share one of keys and values (Ainslie et al., 2023), their queries are stacked along the sequence, so
 * that nothing is repeated.
 */
export function attention(options: AttentionOptions) {
  const { name, width, heads, keyHeads, headSize, bias, dropout, deviation, outputDeviation } = options;
  const inner = heads * headSize;
  const project = (part: string, count: number) =>
    linear({ name: `${name}/${part}`, inputs: width, units: count * headSize, bias, deviation });
  const [query, key, value] = [project('query', heads), project('key', keyHeads), project('value', keyHeads)];
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
    return tf.transpose(tf.reshape(x, [batch, length, count, headSize]), [0, 2, 1, 3]);
  };

  return {
    parameters: parametersOf([query, key, value, output]),
    sites: [...query.sites, ...key.sites, ...value.sites, site, ...output.sites],
    apply(parameters: NamedTensorMap, x: Tensor, { bias, rotation }: AttentionInputs, apply: ApplyOptions): Tensor {
      const [batch, length] = x.shape as [number, number];
      const placed = (heads: Tensor) => (rotation ? rotated(heads, rotation) : heads);
      const q = placed(split(query.apply(parameters, x, apply), heads));
      const k = placed(split(key.apply(parameters, x, apply), keyHeads));
      const v = split(value.apply(parameters, x, apply), keyHeads);

      const shared = [batch, keyHeads, (heads / keyHeads) * length];
      const stacked = keyHeads === heads ? q : tf.reshape(q, [...shared, headSize]);
      const products = tf.matMul(tf.mul(stacked, 1 / Math.sqrt(headSize)), k, false, true);
      const logits = tf.add(tf.reshape(products, [batch, heads, length, length]), bias);
      const probabilities = dropped(tf.softmax(logits), dropout, 0, apply);
      const context = tf.matMul(keyHeads === heads ? probabilities : tf.reshape(probabilities, [...shared, length]), v);
      const byHead = tf.transpose(tf.reshape(context, [batch, heads, length, headSize]), [0, 2, 1, 3]);
      const { at = asItIs } = apply;
      return output.apply(parameters, at(site, tf.reshape(byHead, [batch, length, inner])), apply);
    },
  } satisfies Part & { apply: unknown };
}

/** Far below any logit: its softmax is exactly 0. Not −∞, so that a row of padding alone has no NaN. */
const OUT = -1e9;

/** Nobody looks at padding: from a mask [batch, sequence] of ones and zeros, [batch, 1, 1, sequence]. */
export const paddingBias = (mask: Tensor): Tensor => {
  const [batch, length] = mask.shape as [number, number];
  return tf.mul(tf.sub(1, tf.reshape(tf.cast(mask, 'float32'), [batch, 1, 1, length])), OUT);
};

/** Nobody looks ahead: [1, 1, sequence, sequence]. */
export const causalBias = (length: number): Tensor => {
  const positions = tf.range(0, length);
  const ahead = tf.less(tf.expandDims(positions, 1), tf.expandDims(positions, 0));
  return tf.reshape(tf.mul(tf.cast(ahead, 'float32'), OUT), [1, 1, length, length]);
};
