import { checkInteger, checkKnown, checkNumber, checkOneOf } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { assembled, type Block } from './assembled.js';
import { attention } from './attention.js';
import { embedding } from './embedding.js';
import { ACTIVATIONS, type Activation, feedForward } from './feed-forward.js';
import type { Head } from './heads.js';
import { norm } from './norm.js';
import { dropped, parametersOf, within } from './parts.js';
import { checkSize } from './size.js';
import type { Transformer } from './types.js';

export interface EncoderOptions {
  /** Number of different tokens. */
  readonly vocabulary: number;
  /** Tokens of a row of inputs. */
  readonly sequence: number;
  /** Longest sequence that there are positions for. Default: `sequence`. */
  readonly positions?: number;
  /**
   * Row of the table of positions that the first token has. RoBERTa counts from behind its padding token, so there it is 2, and the table
   * has as many rows more. Default 0.
   */
  readonly firstPosition?: number;
  /** Size of hidden states. */
  readonly width: number;
  readonly layers: number;
  /** Attention heads; they divide `width`. */
  readonly heads: number;
  /** Units between the two layers of a feed-forward block. Default 4 × `width`. */
  readonly feedForward?: number;
  /** `gelu`: by the error function. `geluTanh`: its approximation. Default 'gelu'. */
  readonly activation?: Activation;
  /** Kinds of tokens in the embedding; inputs are of the first. 0: none. Default 2, as in BERT. */
  readonly types?: number;
  /** Share of hidden values that are dropped in training, [0, 1). Default 0.1. */
  readonly dropout?: number;
  /** Share of attention probabilities that are dropped in training, [0, 1). Default: `dropout`. */
  readonly attentionDropout?: number;
  /** Added to variances. Default 1e-12, as in BERT. */
  readonly epsilon?: number;
  /** Deviation of the normal distribution that weights begin with. Default 0.02. */
  readonly deviation?: number;
  /** What becomes of the hidden states: `classifier`, `tokens`, `language` or `sentences`. */
  readonly head: Head;
}

const OPTIONS = [
  ...['vocabulary', 'sequence', 'positions', 'firstPosition', 'width', 'layers', 'heads', 'feedForward', 'activation', 'types', 'dropout'],
  ...['attentionDropout', 'epsilon', 'deviation', 'head'],
];

/**
 * A transformer that sees a whole sequence (Devlin et al., "BERT", NAACL 2019): token, position and type embeddings, layers of attention
 * and feed-forward units, each followed by the sum with its input and a layer norm, and a head. Inputs `{ ids, mask }`, int32
 * [batch, sequence]. Parameters: 'embedding/words' [vocabulary, width], 'embedding/positions', 'embedding/types', 'embedding/norm/scale',
 * 'embedding/norm/offset', 'layer0/attention/query/kernel' [width, width], …/bias, likewise key, value and output,
 * 'layer0/attention/norm/scale', 'layer0/feedForward/inner/kernel', 'layer0/feedForward/outer/kernel', 'layer0/feedForward/norm/scale', …
 *
 * Sites of kind 'hidden': 'embedding', 'layer0', …; 'heads': 'layer0/attention/heads'; 'activation': 'layer0/feedForward/inner'; and for
 * each dense layer 'layer0/feedForward/inner/input' and '…/preactivation'.
 *
 * @throws CL_OPTION
 * @example encoder({ vocabulary: 30_522, sequence: 64, width: 384, layers: 6, heads: 12, head: tokens({ outputs: 9 }) })
 */
export function encoder(options: EncoderOptions): Transformer {
  checkKnown('encoder', options, OPTIONS);
  const full: Required<EncoderOptions> = {
    ...{ positions: options.sequence, feedForward: 4 * options.width, activation: 'gelu', types: 2, firstPosition: 0 },
    ...{ dropout: 0.1, attentionDropout: options.dropout ?? 0.1, epsilon: 1e-12, deviation: 0.02 },
    ...options,
  };
  checkSize('encoder', full);
  checkInteger('encoder', 'types', full.types, { min: 0 });
  checkInteger('encoder', 'firstPosition', full.firstPosition, { min: 0 });
  checkOneOf('encoder', 'activation', full.activation, ACTIVATIONS);
  checkNumber('encoder', 'epsilon', full.epsilon, { above: 0 });

  const { vocabulary, positions, width, layers, heads, types, activation, dropout, epsilon, deviation, head } = full;
  return assembled({
    name: `encoder-${[vocabulary, layers, width, heads, full.feedForward].join('-')}-${head.kind}`,
    architecture: { layout: 'bert', options: full },
    embedding: embedding({ vocabulary, width, positions, firstPosition: full.firstPosition, types, epsilon, dropout, deviation }),
    blocks: Array.from({ length: layers }, (_, i) => postNormBlock(`layer${i}`, full)),
    last: null,
    body: { width, vocabulary, deviation, epsilon, activation, dropout, causal: false },
    rotary: null,
    cache: null,
    head,
    grow: (grown) => encoder({ ...full, head: grown }),
  });
}

/** Each half is added to its input, and the sum normalised. */
function postNormBlock(name: string, options: Required<EncoderOptions>): Block {
  const { width, heads, activation, dropout, attentionDropout, epsilon, deviation } = options;
  const look = attention({
    ...{ name: `${name}/attention`, width, heads, keyHeads: heads, headSize: width / heads, bias: true },
    ...{ dropout: attentionDropout, deviation, outputDeviation: deviation },
  });
  const think = feedForward({
    ...{ name: `${name}/feedForward`, width, units: options.feedForward, activation, gated: false, bias: true },
    ...{ deviation, outputDeviation: deviation },
  });
  const [afterLook, afterThought] = [look, think].map((_, i) =>
    norm({ name: `${name}/${i === 0 ? 'attention' : 'feedForward'}/norm`, units: width, epsilon, kind: 'layer' }),
  ) as [ReturnType<typeof norm>, ReturnType<typeof norm>];
  return {
    parameters: parametersOf([look, afterLook, think, afterThought]),
    sites: [...look.sites, ...think.sites],
    apply(parameters, x, inputs, apply) {
      const seen = dropped(look.apply(parameters, x, inputs, within(apply, 0)), dropout, 1, apply);
      const between = afterLook.apply(parameters, tf.add(x, seen), apply);
      const thought = dropped(think.apply(parameters, between, apply), dropout, 2, apply);
      return afterThought.apply(parameters, tf.add(between, thought), apply);
    },
  };
}
