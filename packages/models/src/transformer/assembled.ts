import { type ApplyOptions, ContinualLearningError, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AttentionInputs, causalBias, paddingBias } from './attention.js';
import type { Body, Head } from './heads.js';
import { asItIs, type Part, parametersOf, type Through, within } from './parts.js';
import { rotation } from './rotary.js';
import type { Architecture, TokenInputs, Transformer } from './types.js';

/** A layer of attention and feed-forward units, with what it adds to. */
export interface Block extends Part {
  apply(parameters: NamedTensorMap, x: Tensor, attention: AttentionInputs, options: ApplyOptions): Tensor;
}

export interface Pieces {
  readonly name: string;
  readonly architecture: Architecture;
  readonly embedding: Part & { apply(parameters: NamedTensorMap, ids: Tensor, options: ApplyOptions): Tensor };
  readonly blocks: readonly Block[];
  /** Behind the last layer; null: there is none. */
  readonly last: Through | null;
  readonly body: Body;
  /** Of rotary positions; null: positions are in the embedding. */
  readonly rotary: { readonly size: number; readonly base: number } | null;
  readonly head: Head;
  grow(head: Head): Transformer;
}

/** The model that embedding, layers and head make up. */
export function assembled({ name, architecture, embedding, blocks, last, body, rotary, head, grow }: Pieces): Transformer {
  const top = head.build(body);
  const { sequence, positions, width } = architecture.options;
  const states = blocks.map((_, i): Site => ({ name: `layer${i}`, kind: 'hidden', units: width }));
  const parts = [embedding, ...blocks, ...(last ? [last] : []), top];

  const hidden = (parameters: NamedTensorMap, { ids, mask }: TokenInputs, apply: ApplyOptions = {}): Tensor => {
    const length = ids.shape[1];
    if (length > positions) {
      throw new ContinualLearningError('CL_SHAPE', `'${name}' has ${positions} positions, received a sequence of ${length} tokens.`);
    }
    const biases = [...(mask ? [paddingBias(mask)] : []), ...(body.causal ? [causalBias(length)] : [])];
    const attention: AttentionInputs = {
      bias: biases.length > 0 ? biases.reduce((a, b) => tf.add(a, b)) : tf.zeros([1, 1, 1, length]),
      ...(rotary && { rotation: rotation(length, rotary.size, rotary.base) }),
    };
    const { at = asItIs } = apply;
    const embedded = embedding.apply(parameters, ids, within(apply, 0));
    const above = blocks.reduce((x, block, i) => at(states[i]!, block.apply(parameters, x, attention, within(apply, i + 1))), embedded);
    return last ? last.apply(parameters, above, apply) : above;
  };

  return {
    name,
    architecture,
    inputs: { ids: [sequence], mask: [sequence] },
    outputs: head.outputs(body),
    parameters: parametersOf(parts),
    sites: [...embedding.sites, ...blocks.flatMap(({ sites }, i) => [...sites, states[i]!]), ...top.sites],
    hidden,
    apply(parameters, x, apply = {}) {
      const inputs = x as TokenInputs;
      const mask = inputs.mask ? tf.cast(inputs.mask, 'float32') : tf.onesLike(tf.cast(inputs.ids, 'float32'));
      const below = hidden(parameters, inputs, apply);
      return { outputs: top.apply(parameters, below, mask as Tensor2D, within(apply, blocks.length + 1)) };
    },
    ...(head.grow && { grow: (count: number) => grow(head.grow!(count)) }),
  };
}
