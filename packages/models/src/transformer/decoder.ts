import { checkInteger, checkKnown, checkNumber, checkOneOf } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { assembled, type Block } from './assembled.js';
import { attention } from './attention.js';
import { embedding } from './embedding.js';
import { ACTIVATIONS, type Activation, feedForward } from './feed-forward.js';
import type { Head } from './heads.js';
import { type NormOptions, norm } from './norm.js';
import { dropped, parametersOf, within } from './parts.js';
import { checkSize, refusal } from './size.js';
import type { Transformer } from './types.js';

export interface DecoderOptions {
  /**
   * `gpt2`: learned positions, layer norm, biases. `llama`: rotary positions, root-mean-square norm, gated feed-forward units, heads of keys
   * and values shared among those of queries, no biases.
   */
  readonly layout: 'gpt2' | 'llama';
  /** Number of different tokens. */
  readonly vocabulary: number;
  /** Tokens of a row of inputs. */
  readonly sequence: number;
  /** Longest sequence that is allowed. Default: `sequence`. */
  readonly positions?: number;
  /** Size of hidden states. */
  readonly width: number;
  readonly layers: number;
  /** Attention heads; they divide `width`. */
  readonly heads: number;
  /** Heads of keys and values, which divide `heads`; only in Llama's layout. Default: `heads`. */
  readonly keyHeads?: number;
  /** Size of a head; only in Llama's layout. Default: `width / heads`. */
  readonly headSize?: number;
  /** Units between the two layers of a feed-forward block. Default 4 × `width`. */
  readonly feedForward?: number;
  /** Default 'geluTanh' in GPT-2's layout, 'silu' in Llama's. */
  readonly activation?: Activation;
  /** Base of the rotary angles; only in Llama's layout. Default 10,000. */
  readonly base?: number;
  /** Share of hidden values that are dropped in training, [0, 1). Default 0.1 in GPT-2's layout, 0 in Llama's. */
  readonly dropout?: number;
  /** Share of attention probabilities that are dropped in training, [0, 1). Default: `dropout`. */
  readonly attentionDropout?: number;
  /** Added to variances. Default 1e-5 in GPT-2's layout, 1e-6 in Llama's. */
  readonly epsilon?: number;
  /** Deviation of the normal distribution that weights begin with. Default 0.02. */
  readonly deviation?: number;
  /** What becomes of the hidden states: `language`, `classifier`, `tokens` or `sentences`. */
  readonly head: Head;
}

const OPTIONS = [
  ...['layout', 'vocabulary', 'sequence', 'positions', 'width', 'layers', 'heads', 'keyHeads', 'headSize', 'feedForward', 'activation'],
  ...['base', 'dropout', 'attentionDropout', 'epsilon', 'deviation', 'head'],
];

/**
 * A transformer in which no token sees a later one: of GPT-2's layout (Radford et al., 2019) or Llama's (Touvron et al., 2023, arXiv
 * 2302.13971). Layers of attention and feed-forward units, each on the normalised sum of what is below, and a norm at the end. Inputs
 * `{ ids, mask }`, int32 [batch, sequence], padded at the end. Parameters and sites as in `encoder`, with 'layer0/feedForward/gate/kernel'
 * in gated layers and 'norm/scale' behind the last.
 *
 * @throws CL_OPTION
 * @example decoder({ layout: 'gpt2', vocabulary: 50_257, sequence: 128, width: 768, layers: 12, heads: 12, head: language() })
 */
export function decoder(options: DecoderOptions): Transformer {
  checkKnown('decoder', options, OPTIONS);
  checkOneOf('decoder', 'layout', options.layout, ['gpt2', 'llama']);
  const gpt2 = options.layout === 'gpt2';
  const dropout = options.dropout ?? (gpt2 ? 0.1 : 0);
  const full: Required<DecoderOptions> = {
    ...{ positions: options.sequence, keyHeads: options.heads, headSize: options.width / options.heads, feedForward: 4 * options.width },
    ...{ activation: gpt2 ? 'geluTanh' : 'silu', base: 10_000, dropout, attentionDropout: dropout, epsilon: gpt2 ? 1e-5 : 1e-6 },
    ...{ deviation: 0.02 },
    ...options,
  };
  checkSize('decoder', full);
  checkOneOf('decoder', 'activation', full.activation, ACTIVATIONS);
  checkNumber('decoder', 'epsilon', full.epsilon, { above: 0 });
  checkNumber('decoder', 'base', full.base, { above: 0 });
  checkInteger('decoder', 'keyHeads', full.keyHeads, { min: 1 });
  checkInteger('decoder', 'headSize', full.headSize, { min: 1 });
  const { vocabulary, positions, width, layers, heads, keyHeads, headSize, activation, base, epsilon, deviation, head } = full;
  if (heads % keyHeads !== 0) throw refusal('decoder', `keyHeads: ${keyHeads}`, `keyHeads must divide the heads, ${heads}`);
  if (gpt2 && (keyHeads !== heads || headSize !== width / heads)) {
    throw refusal(
      'decoder',
      `keyHeads: ${keyHeads}, headSize: ${headSize}`,
      `the layout 'gpt2' has as many of them as heads, and divides the width`,
    );
  }
  if (!gpt2 && headSize % 2 !== 0) throw refusal('decoder', `headSize: ${headSize}`, 'rotary positions need an even size');

  return assembled({
    name: `${full.layout}-${[vocabulary, layers, width, heads, full.feedForward].join('-')}-${head.kind}`,
    architecture: { layout: full.layout, options: full },
    embedding: embedding({ vocabulary, width, positions: gpt2 ? positions : 0, types: 0, epsilon: null, dropout, deviation }),
    blocks: Array.from({ length: layers }, (_, i) => preNormBlock(`layer${i}`, full)),
    last: norm({ name: 'norm', ...normOf(full) }),
    body: { width, vocabulary, deviation, epsilon, activation, dropout, causal: true },
    rotary: gpt2 ? null : { size: headSize, base },
    cache: { heads: keyHeads, size: headSize },
    head,
    grow: (grown) => decoder({ ...full, head: grown }),
  });
}

const normOf = ({ layout, width, epsilon }: Required<DecoderOptions>): Omit<NormOptions, 'name'> => ({
  units: width,
  epsilon,
  kind: layout === 'gpt2' ? 'layer' : 'rms',
});

/** Each half works on a normalised copy, and is added to what is there. */
function preNormBlock(name: string, options: Required<DecoderOptions>): Block {
  const { layout, width, heads, keyHeads, headSize, layers, activation, dropout, attentionDropout, deviation } = options;
  const gpt2 = layout === 'gpt2';
  // As many are added up as there are halves of layers: GPT-2 makes them smaller for that.
  const outputDeviation = gpt2 ? deviation / Math.sqrt(2 * layers) : deviation;
  const look = attention({
    ...{ name: `${name}/attention`, width, heads, keyHeads, headSize, bias: gpt2 },
    ...{ dropout: attentionDropout, deviation, outputDeviation },
  });
  const think = feedForward({
    ...{ name: `${name}/feedForward`, width, units: options.feedForward, activation, gated: !gpt2, bias: gpt2 },
    ...{ deviation, outputDeviation },
  });
  const beforeLook = norm({ name: `${name}/attention/norm`, ...normOf(options) });
  const beforeThought = norm({ name: `${name}/feedForward/norm`, ...normOf(options) });
  return {
    parameters: parametersOf([beforeLook, look, beforeThought, think]),
    sites: [...look.sites, ...think.sites],
    apply(parameters, x, inputs, apply) {
      const seen = look.apply(parameters, beforeLook.apply(parameters, x, apply), inputs, within(apply, 0));
      const between = tf.add(x, dropped(seen, dropout, 1, apply));
      const thought = think.apply(parameters, beforeThought.apply(parameters, between, apply), apply);
      return tf.add(between, dropped(thought, dropout, 2, apply));
    },
  };
}
