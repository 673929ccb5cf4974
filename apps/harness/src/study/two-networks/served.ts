import type { Model } from '@cl/core';
import { predictor, sumOfLogits, type TokenPredictor, type Transformer } from '@cl/models';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Logits } from './network.js';
import type { Cost } from './networks.js';

/** A network among those that answer together. */
export interface Part {
  readonly model: Model;
  readonly parameters: NamedTensorMap;
  /** What its logits are multiplied by. */
  readonly weight: number;
}

/** A chatbot after the new text. */
export interface Served {
  /** Networks whose logits are added up: one in most arms. */
  readonly parts: readonly Part[];
  /** What the update took. */
  readonly cost: Cost;
  /** What becomes of a question before it is asked. */
  readonly prepare?: (question: string) => string;
}

/** A network that answers alone. */
export const alone = (model: Model, parameters: NamedTensorMap, cost: Cost): Served => ({
  parts: [{ model, parameters, weight: 1 }],
  cost,
});

/** Logits of what follows each token, of all parts together. */
export const logitsOf =
  ({ parts }: Pick<Served, 'parts'>): Logits =>
  (ids) =>
    tf.addN(parts.map(({ model, parameters, weight }) => tf.mul(model.apply(parameters, { ids }).outputs, weight)));

/** What writes answers. `plain`: the model that goes on with a text from where it was; of others each token costs the whole text. */
export function predictorOf({ parts }: Pick<Served, 'parts'>, plain: Transformer): TokenPredictor & { dispose(): void } {
  const each = parts.map(({ model, parameters }) => {
    if (model === plain) return predictor({ model: plain, parameters });
    const { sequence } = plain.architecture.options;
    return predictor({ vocabulary: plain.outputs, sequence, logits: (inputs) => model.apply(parameters, inputs).outputs });
  });
  const sum = sumOfLogits(each.map((of, i) => ({ of, weight: parts[i]!.weight })));
  return {
    ...sum,
    dispose() {
      for (const one of each) one.dispose();
    },
  };
}
