import { type ApplyOptions, gather, named, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AttentionInputs, attention, type KeysAndValues } from './attention.js';
import { WORDS } from './embedding.js';
import { type Activation, feedForward } from './feed-forward.js';
import { norm } from './norm.js';
import { asItIs, dropped, type Part, parametersOf, within } from './parts.js';

export interface StackOptions {
  /** 'encoder' or 'decoder'. */
  readonly name: string;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly headSize: number;
  readonly feedForward: number;
  readonly activation: Activation;
  readonly gated: boolean;
  readonly dropout: number;
  readonly epsilon: number;
  /** True: each layer also looks at another text. */
  readonly cross: boolean;
}

/** What a layer looks at. */
export interface StackInputs {
  readonly own: AttentionInputs;
  /** Of another text; needed where there is cross attention. */
  readonly source?: AttentionInputs;
}

/** Embedded tokens through layers in T5's layout: root-mean-square norms before each part, scores without a scale, no biases. */
export function stack(options: StackOptions) {
  const { name, width, layers: count, dropout, epsilon } = options;
  const layers = Array.from({ length: count }, (_, i) => layer(`${name}/layer${i}`, options));
  const last = norm({ name: `${name}/norm`, units: width, epsilon, kind: 'rms' });
  const embedded: Site = { name: `${name}/embedding`, kind: 'hidden', units: width };
  const states = layers.map((_, i): Site => ({ name: `${name}/layer${i}`, kind: 'hidden', units: width }));
  return {
    parameters: parametersOf([...layers, last]),
    sites: [embedded, ...layers.flatMap(({ sites }, i) => [...sites, states[i]!])],
    /** Keys and values of another text, for the cross attention of a layer. */
    lookedAt: (i: number, parameters: NamedTensorMap, source: Tensor, apply: ApplyOptions): KeysAndValues =>
      layers[i]!.cross!.keysAndValues(parameters, source, apply),
    /** From ids int32 [batch, sequence] to hidden states [batch, sequence, width]. */
    apply(parameters: NamedTensorMap, ids: Tensor, inputs: (layer: number) => StackInputs, apply: ApplyOptions): Tensor {
      const { at = asItIs } = apply;
      const words = at(embedded, dropped(gather(named(parameters, WORDS), ids), dropout, 0, apply));
      const above = layers.reduce(
        (x, { apply: through }, i) => at(states[i]!, through(parameters, x, inputs(i), within(apply, i + 1))),
        words,
      );
      return dropped(last.apply(parameters, above, apply), dropout, count + 1, apply);
    },
  } satisfies Part & { apply: unknown; lookedAt: unknown };
}

/** Attention to the text itself, to another one, and feed-forward units: each on a normalised copy, and added to what is there. */
function layer(name: string, options: StackOptions) {
  const { width, heads, headSize, feedForward: units, activation, gated, dropout, epsilon } = options;
  const inward = width ** -0.5;
  const looking = (part: string) =>
    attention({
      ...{ name: `${name}/${part}`, width, heads, keyHeads: heads, headSize, scale: 1, bias: false, dropout },
      // As scores are not divided by √headSize, the queries begin smaller.
      ...{ deviation: inward, queryDeviation: (width * headSize) ** -0.5, outputDeviation: (heads * headSize) ** -0.5 },
    });
  const before = (part: string) => norm({ name: `${name}/${part}/norm`, units: width, epsilon, kind: 'rms' });
  const own = looking('attention');
  const cross = options.cross ? looking('cross') : null;
  const think = feedForward({
    ...{ name: `${name}/feedForward`, width, units, activation, gated, bias: false, dropout },
    ...{ deviation: inward, outputDeviation: units ** -0.5 },
  });
  const [beforeOwn, beforeCross, beforeThought] = [before('attention'), before('cross'), before('feedForward')];
  return {
    parameters: parametersOf([beforeOwn, own, ...(cross ? [beforeCross, cross] : []), beforeThought, think]),
    sites: [...own.sites, ...(cross?.sites ?? []), ...think.sites],
    cross,
    apply(parameters: NamedTensorMap, x: Tensor, inputs: StackInputs, apply: ApplyOptions): Tensor {
      let sum = tf.add(
        x,
        dropped(own.apply(parameters, beforeOwn.apply(parameters, x, apply), inputs.own, within(apply, 0)), dropout, 1, apply),
      );
      if (cross) {
        const seen = cross.apply(parameters, beforeCross.apply(parameters, sum, apply), inputs.source!, within(apply, 2));
        sum = tf.add(sum, dropped(seen, dropout, 3, apply));
      }
      const thought = think.apply(parameters, beforeThought.apply(parameters, sum, apply), within(apply, 4));
      return tf.add(sum, dropped(thought, dropout, 5, apply));
    },
  };
}
