import { type ApplyOptions, ContinualLearningError, gather, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AttentionInputs, causalBias, type KeysAndValues, paddingBias } from './attention.js';
import type { Body, Head } from './heads.js';
import { emptyRoom, type Incremental, kept, lastOf, positionsOf, putting } from './incremental.js';
import { asItIs, type Part, parametersOf, type Through, within } from './parts.js';
import { rotation } from './rotary.js';
import type { Architecture, TokenInputs, Transformer } from './types.js';

/** A layer of attention and feed-forward units, with what it adds to. */
export interface Block extends Part {
  apply(parameters: NamedTensorMap, x: Tensor, attention: AttentionInputs, options: ApplyOptions): Tensor;
}

export interface Pieces {
  readonly name: string;
  readonly architecture: Exclude<Architecture, { layout: 't5' }>;
  readonly embedding: Part & { apply(parameters: NamedTensorMap, ids: Tensor, options: ApplyOptions, positions?: Tensor): Tensor };
  readonly blocks: readonly Block[];
  /** Behind the last layer; null: there is none. */
  readonly last: Through | null;
  readonly body: Body;
  /** Of rotary positions; null: positions are in the embedding. */
  readonly rotary: { readonly size: number; readonly base: number } | null;
  /** Heads of keys and values in each layer, and their size; null: tokens see later ones, so that nothing can be kept. */
  readonly cache: { readonly heads: number; readonly size: number } | null;
  readonly head: Head;
  grow(head: Head): Transformer;
}

/** The model that embedding, layers and head make up. */
export function assembled({ name, architecture, embedding, blocks, last, body, rotary, cache, head, grow }: Pieces): Transformer {
  const top = head.build(body);
  const { sequence, positions, width } = architecture.options;
  const states = blocks.map((_, i): Site => ({ name: `layer${i}`, kind: 'hidden', units: width }));
  const parts = [embedding, ...blocks, ...(last ? [last] : []), top];

  const rotated = (places: Tensor) => rotary && { rotation: rotation(places, rotary.size, rotary.base) };

  /** Embedded tokens through all layers; `attention` of each. */
  const through = (parameters: NamedTensorMap, x: Tensor, attention: (layer: number) => AttentionInputs, apply: ApplyOptions): Tensor => {
    const { at = asItIs } = apply;
    const above = blocks.reduce((x, block, i) => at(states[i]!, block.apply(parameters, x, attention(i), within(apply, i + 1))), x);
    return last ? last.apply(parameters, above, apply) : above;
  };

  const hidden = (parameters: NamedTensorMap, { ids, mask }: TokenInputs, apply: ApplyOptions = {}): Tensor => {
    const length = ids.shape[1];
    if (length > positions) {
      throw new ContinualLearningError('CL_SHAPE', `'${name}' has ${positions} positions, received a sequence of ${length} tokens.`);
    }
    const places = tf.expandDims(tf.range(0, length), 0);
    const biases = [...(mask ? [paddingBias(mask)] : []), ...(body.causal ? [causalBias(places, length)] : [])];
    const attention: AttentionInputs = {
      bias: biases.length > 0 ? biases.reduce((a, b) => tf.add(a, b)) : tf.zeros([1, 1, 1, length]),
      ...rotated(places),
    };
    return through(parameters, embedding.apply(parameters, ids, within(apply, 0)), () => attention, apply);
  };

  const apply: Transformer['apply'] = (parameters, x, options = {}) => {
    const inputs = x as TokenInputs;
    const mask = inputs.mask ? tf.cast(inputs.mask, 'float32') : tf.onesLike(tf.cast(inputs.ids, 'float32'));
    const all = hidden(parameters, inputs, options);
    const below = inputs.asked && head.kind === 'language' ? statesAt(all, inputs.asked) : all;
    return { outputs: top.apply(parameters, below, mask as Tensor2D, within(options, blocks.length + 1)) };
  };

  const incremental = ({ heads, size }: NonNullable<typeof cache>): Incremental => ({
    of: apply,
    empty: (rows, room) => ({ layers: blocks.map(() => emptyRoom(rows, heads, room, size)) }),
    append(parameters, appended, behind, apply = {}) {
      const before = appended.memory.layers as readonly KeysAndValues[];
      const room = before[0]!.keys.shape[2]!;
      // Padding may stand behind the last position that there is.
      const places = tf.minimum(positionsOf(appended), tf.scalar(positions - 1, 'int32'));
      const attention: AttentionInputs = { bias: causalBias(places, room), ...rotated(places) };
      const put = putting(appended, behind, before[0]!.keys);
      const layers: KeysAndValues[] = [];
      const remembering = (i: number): AttentionInputs => ({
        ...attention,
        lookAt: (own) => (layers[i] = kept(before[i]!, own(), put)),
      });
      const below = through(parameters, embedding.apply(parameters, appended.ids, within(apply, 0), places), remembering, apply);
      const seen = behind === 'last' ? lastOf(below, appended.counts) : below;
      const logits = top.apply(parameters, seen, tf.ones([seen.shape[0]!, seen.shape[1]!]), within(apply, blocks.length + 1));
      return { logits: behind === 'last' ? tf.squeeze(logits, [1]) : logits, memory: { layers } };
    },
  });

  return {
    name,
    architecture,
    inputs: { ids: [sequence], mask: [sequence] },
    outputs: head.outputs(body),
    parameters: parametersOf(parts),
    sites: [...embedding.sites, ...blocks.flatMap(({ sites }, i) => [...sites, states[i]!]), ...top.sites],
    hidden,
    apply,
    ...(cache && head.kind === 'language' && { incremental: incremental(cache) }),
    ...(head.grow && { grow: (count: number) => grow(head.grow!(count)) }),
  };
}

/** Hidden states [batch, sequence, width] at some places of each row, int32 [batch, places]: [batch, places, width]. */
function statesAt(states: Tensor, places: Tensor2D): Tensor {
  const [batch, length, width] = states.shape as [number, number, number];
  const starts = tf.reshape(tf.range(0, batch * length, length, 'int32'), [batch, 1]);
  return gather(tf.reshape(states, [batch * length, width]), tf.add(starts, places));
}
