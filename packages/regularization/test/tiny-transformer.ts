import {
  column,
  custom,
  type Dataset,
  dataset,
  Learner,
  type LearnerOptions,
  type LearnOptions,
  type Model,
  maskedLanguageModel,
  NO_TARGET,
  random,
  type Stream,
  sgd,
} from '@cl/core';
import type { ModelSize } from '@cl/core/testing';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../../../testing/golden-net.js';
import { taken } from '../../../testing/watched.js';
import { classifier, decoder, encoder, language } from '../../models/src/index.js';

export const [VOCABULARY, MASK, LENGTH] = [12, 11, 6];

/** Large weights, so that gradients are far above rounding. */
const SIZE = { vocabulary: VOCABULARY, sequence: LENGTH, width: 8, layers: 2, heads: 2, feedForward: 10, deviation: 0.3, epsilon: 1e-5 };

export const tinyEncoder = (dropout: number) => encoder({ ...SIZE, dropout, head: language() });
export const tinyGpt = (dropout: number) => decoder({ ...SIZE, layout: 'gpt2', dropout, head: language() });
/** With gated feed-forward layers, and keys and values that heads share. */
export const tinyLlama = (dropout: number) => decoder({ ...SIZE, layout: 'llama', heads: 4, keyHeads: 2, dropout, head: language() });

/** A transformer that takes what the contract's streams have: each number becomes one of eight tokens. */
export function transformerOfNumbers({ inputs, outputs, dropout }: ModelSize): Model {
  const [length] = inputs as [number];
  const inner = encoder({ ...SIZE, vocabulary: 8, sequence: length, dropout, head: classifier({ outputs, pooling: 'mean' }) });
  return {
    ...inner,
    inputs,
    apply(parameters, x, options) {
      const ids = tf.cast(tf.clipByValue(tf.floor(tf.add(tf.mul(x as Tensor, 2), 4)), 0, 7), 'int32');
      return inner.apply(parameters, { ids }, options);
    },
    grow: (count) => transformerOfNumbers({ inputs, outputs: outputs + count, dropout }),
  };
}

/** Rows of 2 to `LENGTH` tokens that count up by `step` from anywhere: what is hidden follows from the rest. 0 is padding. */
export function countings(rows: number, step: number, seed = 1): Dataset {
  const draws = random(seed, 'countings', step);
  const [ids, mask, labels] = [0, 1, 2].map(() => new Int32Array(rows * LENGTH)) as [Int32Array, Int32Array, Int32Array];
  for (let row = 0; row < rows; row++) {
    const [start, used] = [draws.integer(MASK - 1), 2 + draws.integer(LENGTH - 1)];
    for (let i = 0; i < LENGTH; i++) {
      const at = row * LENGTH + i;
      const isToken = i < used;
      ids[at] = isToken ? 1 + ((start + i * step) % (MASK - 1)) : 0;
      mask[at] = Number(isToken);
      labels[at] = isToken ? ids[at]! : NO_TARGET;
    }
  }
  return dataset({ ids: column(ids, [LENGTH]), mask: column(mask, [LENGTH]) }, column(labels, [LENGTH]));
}

/** Two domains, which count by 1 and by 3. */
export const domains: Stream = custom({
  scenario: 'domain',
  outputs: VOCABULARY,
  tasks: [1, 3].map((step) => ({ name: `by ${step}`, train: countings(24, step), test: countings(8, step, 2) })),
});

export const masked = maskedLanguageModel({ mask: MASK, vocabulary: VOCABULARY, special: [0], rate: 0.4 });

export interface TrialOptions extends Partial<LearnerOptions> {
  /** How many of the domains. Default both. */
  readonly tasks?: number;
  readonly learn?: LearnOptions;
  readonly dropout?: number;
}

/** A masked language model, if nothing else is given, that has learned domains. The caller disposes it. */
export async function learned({ tasks, learn = { epochs: 1, batchSize: 8 }, dropout = 0.2, ...options }: TrialOptions): Promise<Learner> {
  const model = tinyEncoder(dropout);
  const learner = new Learner({ model, objective: masked, optimizer: sgd(0.05), scenario: 'domain', seed: 3, ...options });
  for (const task of domains.tasks.slice(0, tasks)) await learner.learn(task, learn);
  return learner;
}

/** The parameters that it is left with; with `tasks: 0`, those at the start. */
export async function weightsAfter(options: TrialOptions): Promise<Weights> {
  const learner = await learned(options);
  try {
    return taken(learner.parameters());
  } finally {
    learner.dispose();
  }
}

/** Parameters of a model, none of which is 0: the same each time. */
export const someParameters = (model: Model): NamedTensorMap =>
  Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape, initializer }], i) => {
      const [center, spread] = initializer === 'ones' ? [1, 0.1] : [0, 0.4];
      return [name, tf.randomNormal(shape as number[], center, spread, 'float32', i + 1)];
    }),
  );

/** What DAS protects of a transformer with heads of its own keys and values. */
export const PROTECTED = /attention\/(query|key|value)|attention\/output\/kernel|feedForward\/(inner|outer)/;
