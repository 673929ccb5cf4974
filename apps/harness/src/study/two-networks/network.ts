import { type AnyStrategy, adamW, type Compiler, cosine, Learner, languageModel, type StepProgress, type TaskData, warmup } from '@cl/core';
import { decoder, language, type Transformer } from '@cl/models';
import type * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { countOf, datasetOf, type TokenRows } from './rows.js';

export interface NetworkSize {
  readonly vocabulary: number;
  readonly sequence: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** The language model that all networks here are: of Llama's layout, with as many weights for words read as for words written, and the same. */
export const network = (size: NetworkSize): Transformer =>
  decoder({ layout: 'llama', ...size, feedForward: 3 * size.width, deviation: 0.05, head: language({ tied: true }) });

export interface Training {
  readonly model: Transformer;
  /** What it begins with; not changed. Null: a new network. */
  readonly from: NamedTensorMap | null;
  /** Rows in the order of training, a batch after another. */
  readonly rows: TokenRows;
  readonly batchSize: number;
  /** Highest learning rate: warmed up to over the first twentieth of the steps, then down by a cosine to a tenth. */
  readonly learningRate: number;
  readonly seed: number;
  readonly strategy?: AnyStrategy;
  readonly compiler?: Compiler;
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: StepProgress) => void | Promise<void>;
}

/** Trains on rows once. Parameters are those after it; yours to dispose. */
export async function trained({
  model,
  from,
  rows,
  batchSize,
  learningRate,
  seed,
  strategy,
  compiler,
  ...options
}: Training): Promise<NamedTensorMap> {
  const steps = Math.ceil(countOf(rows) / batchSize);
  const warm = Math.max(1, Math.round(steps / 20));
  const learner = new Learner({
    model,
    objective: languageModel(),
    // No weight decay: a difference of weights is one to weights that nothing else has moved.
    optimizer: adamW({
      learningRate: warmup({
        steps: warm,
        next: cosine({ rate: learningRate, steps: Math.max(1, steps - warm), floor: learningRate / 10 }),
      }),
      weightDecay: 0,
    }),
    scenario: 'domain',
    clipNorm: 1,
    seed,
    ...(from && { parameters: from }),
    ...(strategy && { strategy }),
    ...(compiler && { compiler }),
  });
  try {
    await learner.learn(taskOf(rows), { batchSize, ...options });
    return learner.parameters();
  } finally {
    learner.dispose();
  }
}

function taskOf(rows: TokenRows): TaskData {
  const data = datasetOf(rows);
  return { index: 0, name: 'text', classes: [], train: data, test: data, ordered: true };
}

/** Mean cross-entropy of a next token, in nats. */
export async function lossOn(model: Transformer, parameters: NamedTensorMap, rows: TokenRows): Promise<number> {
  const learner = new Learner({ model, parameters, objective: languageModel(), optimizer: adamW(0), scenario: 'domain' });
  try {
    return (await learner.evaluate(taskOf(rows), { batchSize: 64 })).loss!;
  } finally {
    learner.dispose();
  }
}

/** From tokens, int32 [batch, length], to logits of what follows each, [batch, length, vocabulary]. */
export type Logits = (ids: tf.Tensor2D) => tf.Tensor;

export const logitsOf =
  (model: Transformer, parameters: NamedTensorMap): Logits =>
  (ids) =>
    model.apply(parameters, { ids }).outputs;
