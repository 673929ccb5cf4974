import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { column, type Dataset, dataset } from '../data.js';
import type { AtSite, Model, Site } from '../model/model.js';
import { NO_TARGET } from '../objective/tokens.js';
import { dense, gather, relu } from '../ops/index.js';
import { random } from '../random/index.js';
import { named } from '../tree.js';

export interface TinyTaggerOptions {
  /** Token ids are below it. Default 12. */
  readonly vocabulary?: number;
  /** Tokens a row. Default 5. */
  readonly length?: number;
  /** Default 4. */
  readonly outputs?: number;
}

/**
 * An embedding, a dense layer over each token and its left neighbour, and a linear head: logits for each token, [batch, length, outputs].
 * Takes token ids and a mask of 1 and 0, [length] each, as transformers do.
 */
export function tinyTagger(options: TinyTaggerOptions = {}): Model {
  const { vocabulary = 12, length = 5, outputs = 4 } = options;
  const [embedded, units] = [4, 6];
  const layer = (name: string, from: number, to: number) => {
    const initializer = { name: 'pytorchUniform', fanIn: from, fanOut: to } as const;
    const role: 'head' | 'trunk' = name === 'head' ? 'head' : 'trunk';
    return {
      [`${name}/kernel`]: { shape: [from, to], role, use: { op: 'dense' } as const, initializer },
      [`${name}/bias`]: { shape: [to], role, initializer },
    };
  };
  const ofLayer = (name: string, from: number, to: number): Site[] => [
    { name: `${name}/input`, kind: 'input', units: from, feeds: [`${name}/kernel`] },
    { name: `${name}/preactivation`, kind: 'preactivation', units: to, fedBy: [`${name}/kernel`, `${name}/bias`] },
  ];
  const features: Site = { name: 'features', kind: 'features', units };
  const sites = [...ofLayer('dense0', 2 * embedded, units), features, ...ofLayer('head', units, outputs)];
  return {
    name: 'tiny-tagger',
    inputs: { ids: [length], attentionMask: [length] },
    outputs,
    parameters: {
      'embedding/table': { shape: [vocabulary, embedded], role: 'trunk', initializer: { name: 'normal', deviation: 1 } },
      ...layer('dense0', 2 * embedded, units),
      ...layer('head', units, outputs),
    },
    sites,
    apply(parameters, x, { at = asItIs } = {}) {
      const { ids, attentionMask } = x as NamedTensorMap;
      const rows = ids!.shape[0]!;
      const tokens = tf.mul(gather(named(parameters, 'embedding/table'), ids!), tf.expandDims(tf.cast(attentionMask!, 'float32'), 2));
      const left = tf.concat([tf.zeros([rows, 1, embedded]), tf.slice(tokens, [0, 0, 0], [rows, length - 1, embedded])], 1);
      // Sites see one token a row, [batch × length, units].
      const through = (name: string, value: Tensor): Tensor => {
        const [input, preactivation] = sites.filter((site) => site.name.startsWith(`${name}/`)) as [Site, Site];
        const [kernel, bias] = [named(parameters, `${name}/kernel`) as Tensor2D, named(parameters, `${name}/bias`) as Tensor1D];
        return at(preactivation, dense(at(input, value) as Tensor2D, kernel, bias));
      };
      const hidden = relu(through('dense0', tf.reshape(tf.concat([tokens, left], 2), [rows * length, 2 * embedded])));
      return { outputs: tf.reshape(through('head', at(features, hidden)), [rows, length, outputs]) };
    },
    grow: (count) => tinyTagger({ ...options, outputs: outputs + count }),
  };
}

const asItIs: AtSite = (_site, value) => value;

export interface TinyTokensOptions {
  readonly rows: number;
  /** Labels that occur: a token's is `labels[id % labels.length]`. */
  readonly labels: readonly number[];
  /** Default 12. Id 0 is padding. */
  readonly vocabulary?: number;
  /** Default 5. Rows have 2 to `length` tokens, the rest is padding without a target. */
  readonly length?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** Rows of random token ids for a tagger, padded at the end, with a label for each token. */
export function tinyTokens({ rows, labels, vocabulary = 12, length = 5, seed = 1 }: TinyTokensOptions): Dataset {
  const draws = random(seed, 'tiny tokens');
  const [ids, mask, y] = [0, 1, 2].map(() => new Int32Array(rows * length)) as [Int32Array, Int32Array, Int32Array];
  for (let row = 0; row < rows; row++) {
    const used = 2 + draws.integer(length - 1);
    for (let i = row * length; i < (row + 1) * length; i++) {
      const real = i - row * length < used;
      ids[i] = real ? 1 + draws.integer(vocabulary - 1) : 0;
      mask[i] = real ? 1 : 0;
      y[i] = real ? labels[ids[i]! % labels.length]! : NO_TARGET;
    }
  }
  return dataset({ ids: column(ids, [length]), attentionMask: column(mask, [length]) }, column(y, [length]));
}
