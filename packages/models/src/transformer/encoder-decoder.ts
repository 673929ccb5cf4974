import { type ApplyOptions, ContinualLearningError, checkBoolean, checkInteger, checkKnown, checkNumber, checkOneOf } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AttentionInputs, causalBias, type KeysAndValues, paddingBias } from './attention.js';
import { WORDS } from './embedding.js';
import { ACTIVATIONS, type Activation } from './feed-forward.js';
import { type Head, language } from './heads.js';
import { emptyRoom, type Incremental, kept, lastOf, positionsOf, putting } from './incremental.js';
import { parametersOf, within } from './parts.js';
import { relativeBias } from './relative.js';
import { refusal } from './size.js';
import { stack } from './stack.js';
import type { TokenInputs, Transformer } from './types.js';

export interface EncoderDecoderOptions {
  /** Number of different tokens, the same in both halves. */
  readonly vocabulary: number;
  /** Tokens of a row that the encoder sees. */
  readonly sequence: number;
  /** Tokens of a row of answers. Default: `sequence`. */
  readonly answer?: number;
  /** Size of hidden states. */
  readonly width: number;
  /** Layers of the encoder. */
  readonly layers: number;
  /** Default: `layers`. */
  readonly decoderLayers?: number;
  readonly heads: number;
  /** Size of a head. Default: `width / heads`. */
  readonly headSize?: number;
  /** Units between the two layers of a feed-forward block. Default 4 × `width`. */
  readonly feedForward?: number;
  /** Default 'relu', as in T5; its later version has 'geluTanh' and `gated`. */
  readonly activation?: Activation;
  /** True: the activation of one layer gates another. Default false. */
  readonly gated?: boolean;
  /** Numbers that attention learns for distances, a head each. Default 32. */
  readonly buckets?: number;
  /** Distances from here on share a number. Default 128. */
  readonly distance?: number;
  /** The token that answers begin with. Default 0. */
  readonly start?: number;
  /** Share of hidden values and of attention probabilities that are dropped in training, [0, 1). Default 0.1. */
  readonly dropout?: number;
  /** Added to mean squares. Default 1e-6. */
  readonly epsilon?: number;
  /** `language()`: the table of words is the kernel too, and hidden states are divided by √width; or `language({ tied: false })`. Default `language()`. */
  readonly head?: Head;
}

const OPTIONS = [
  ...['vocabulary', 'sequence', 'answer', 'width', 'layers', 'decoderLayers', 'heads', 'headSize', 'feedForward', 'activation', 'gated'],
  ...['buckets', 'distance', 'start', 'dropout', 'epsilon', 'head'],
];

/**
 * A transformer that reads one text and writes another (Raffel et al., "T5", JMLR 2020, arXiv 1910.10683): an encoder that sees a whole
 * text, and a decoder in which no token sees a later one and each sees what the encoder made of that text. Inputs `{ ids, mask, decoderIds }`,
 * int32 [batch, sequence], [batch, sequence], [batch, answer], padded at the end; `textToText` makes such rows. Outputs
 * `[batch, answer, vocabulary]`: behind each token of `decoderIds`, which begin with `start`, logits of the next one; so its objective is
 * `languageModel()`.
 *
 * Parameters: 'embedding/words', 'encoder/positions' [buckets, heads], 'encoder/layer0/attention/query/kernel' and so on as in `decoder`,
 * 'encoder/norm/scale'; the same of 'decoder', with 'decoder/layer0/cross/query/kernel', … . Sites in the same way: 'encoder/embedding',
 * 'encoder/layer0', 'decoder/layer0/cross/heads'.
 *
 * @throws CL_OPTION
 * @example encoderDecoder({ vocabulary: 32_128, sequence: 128, answer: 32, width: 512, layers: 6, heads: 8, headSize: 64, feedForward: 2048 })
 */
export function encoderDecoder(options: EncoderDecoderOptions): Transformer {
  const full = checked(options);
  const { vocabulary, sequence, answer, width, layers, decoderLayers, heads, headSize, activation, gated, dropout, epsilon, head } = full;
  const inside = { width, heads, headSize, feedForward: full.feedForward, activation, gated, dropout, epsilon };
  const encoder = stack({ ...inside, name: 'encoder', layers, cross: false });
  const decoder = stack({ ...inside, name: 'decoder', layers: decoderLayers, cross: true });
  const places = { heads, buckets: full.buckets, distance: full.distance, deviation: width ** -0.5 };
  const sourcePlaces = relativeBias({ ...places, name: 'encoder/positions', ahead: true });
  const answerPlaces = relativeBias({ ...places, name: 'decoder/positions', ahead: false });
  const tied = head.stored.language === 'tied';
  const top = head.build({ width, vocabulary, deviation: 1, epsilon, activation, dropout, causal: true });

  const inOrder = (length: number): Tensor => tf.expandDims(tf.range(0, length, 1, 'int32'), 0);

  const read = (parameters: NamedTensorMap, ids: Tensor2D, padding: Tensor, apply: ApplyOptions): Tensor => {
    const own = { bias: tf.add(padding, sourcePlaces.apply(parameters, inOrder(ids.shape[1]), ids.shape[1])) };
    return encoder.apply(parameters, ids, () => ({ own }), within(apply, 0));
  };
  const paddingOf = ({ ids, mask }: TokenInputs): Tensor => (mask ? paddingBias(mask) : tf.zeros([1, 1, 1, ids.shape[1]]));

  const hidden = (parameters: NamedTensorMap, inputs: TokenInputs, apply: ApplyOptions = {}): Tensor => {
    const { ids, decoderIds } = inputs;
    if (!decoderIds)
      throw new ContinualLearningError('CL_SHAPE', `encoderDecoder(): inputs are { ids, mask, decoderIds }, received no decoderIds.`);
    const padding = paddingOf(inputs);
    const states = read(parameters, ids, padding, apply);
    const length = decoderIds.shape[1];
    const own = { bias: tf.add(causalBias(inOrder(length), length), answerPlaces.apply(parameters, inOrder(length), length)) };
    const source = (i: number): AttentionInputs => ({ bias: padding, lookAt: () => decoder.lookedAt(i, parameters, states, apply) });
    return decoder.apply(parameters, decoderIds, (i) => ({ own, source: source(i) }), within(apply, 1));
  };

  const logitsOf = (parameters: NamedTensorMap, states: Tensor, apply: ApplyOptions): Tensor => {
    const scaled = tied ? tf.mul(states, width ** -0.5) : states;
    return top.apply(parameters, scaled, tf.ones([states.shape[0]!, states.shape[1]!]), within(apply, 2));
  };

  const apply: Transformer['apply'] = (parameters, x, options = {}) => ({
    outputs: logitsOf(parameters, hidden(parameters, x as TokenInputs, options), options),
  });

  const incremental: Incremental = {
    of: apply,
    source: {
      start: full.start,
      read(parameters, inputs, apply = {}) {
        const padding = paddingOf(inputs);
        const states = read(parameters, inputs.ids, padding, apply);
        return { source: Array.from({ length: decoderLayers }, (_, i) => decoder.lookedAt(i, parameters, states, apply)), padding };
      },
    },
    empty: (rows, room) => ({ layers: Array.from({ length: decoderLayers }, () => emptyRoom(rows, heads, room, headSize)) }),
    append(parameters, appended, behind, apply = {}) {
      const {
        layers: before,
        source,
        padding,
      } = appended.memory as { [part in 'layers' | 'source']: readonly KeysAndValues[] } & { padding: Tensor };
      const room = before[0]!.keys.shape[2]!;
      const positions = positionsOf(appended);
      const bias = tf.add(causalBias(positions, room), answerPlaces.apply(parameters, positions, room));
      const put = putting(appended, behind, before[0]!.keys);
      const layers: KeysAndValues[] = [];
      const inputs = (i: number) => ({
        own: { bias, lookAt: (own: () => KeysAndValues) => (layers[i] = kept(before[i]!, own(), put)) },
        source: { bias: padding, lookAt: () => source[i]! },
      });
      const below = decoder.apply(parameters, appended.ids, inputs, within(apply, 1));
      const logits = logitsOf(parameters, behind === 'last' ? lastOf(below, appended.counts) : below, apply);
      return { logits: behind === 'last' ? tf.squeeze(logits, [1]) : logits, memory: { layers, source, padding } };
    },
  };

  return {
    name: `t5-${[vocabulary, layers, decoderLayers, width, heads, full.feedForward].join('-')}`,
    architecture: { layout: 't5', options: full },
    inputs: { ids: [sequence], mask: [sequence], decoderIds: [answer] },
    outputs: vocabulary,
    parameters: {
      [WORDS]: { shape: [vocabulary, width], role: 'trunk', initializer: { name: 'normal', deviation: 1 } },
      ...parametersOf([sourcePlaces, encoder, answerPlaces, decoder, top]),
    },
    sites: [...encoder.sites, ...decoder.sites, ...top.sites],
    hidden,
    incremental,
    apply,
  };
}

function checked(options: EncoderDecoderOptions): Required<EncoderDecoderOptions> {
  const who = 'encoderDecoder';
  checkKnown(who, options, OPTIONS);
  const full: Required<EncoderDecoderOptions> = {
    ...{ answer: options.sequence, decoderLayers: options.layers, headSize: options.width / options.heads, feedForward: 4 * options.width },
    ...{ activation: 'relu', gated: false, buckets: 32, distance: 128, start: 0, dropout: 0.1, epsilon: 1e-6, head: language() },
    ...options,
  };
  const counts = ['vocabulary', 'sequence', 'answer', 'width', 'layers', 'decoderLayers', 'heads', 'headSize', 'feedForward'] as const;
  for (const option of counts) checkInteger(who, option, full[option], { min: 1 });
  checkInteger(who, 'buckets', full.buckets, { min: 4 });
  checkInteger(who, 'distance', full.distance, { min: full.buckets });
  checkInteger(who, 'start', full.start, { min: 0, below: full.vocabulary });
  checkOneOf(who, 'activation', full.activation, ACTIVATIONS);
  checkBoolean(who, 'gated', full.gated);
  checkNumber(who, 'dropout', full.dropout, { min: 0, below: 1 });
  checkNumber(who, 'epsilon', full.epsilon, { above: 0 });
  if (full.head.kind !== 'language')
    throw refusal(who, `head: ${full.head.kind}`, 'an encoder–decoder writes text, so its head is language()');
  return full;
}
