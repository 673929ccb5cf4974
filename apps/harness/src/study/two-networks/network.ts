import {
  type AnyStrategy,
  adamW,
  type CheckpointStore,
  type Compiler,
  cosine,
  type LearnerOptions,
  languageModel,
  type Model,
  memoryStore,
  type Schedule,
  type StepProgress,
  type TaskData,
  warmup,
} from '@cl/core';
import { decoder, language, type Transformer } from '@cl/models';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { learnKeeping, restoredOrNew } from '../../pretrain/learn-keeping.js';
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
  readonly model: Model;
  /** What it begins with; not changed. Null: a new network. */
  readonly from: NamedTensorMap | null;
  /** Rows in the order of training, a batch after another. */
  readonly rows: TokenRows;
  readonly batchSize: number;
  /** Highest learning rate: warmed up to over the first twentieth of the steps, then down by a cosine to a tenth. */
  readonly learningRate: number;
  readonly seed: number;
  readonly strategy?: AnyStrategy;
  /** Rows that the strategy gets to know as a task of their own, before training and without moving a weight. */
  readonly before?: TokenRows;
  readonly compiler?: Compiler;
  /** Where it is saved from time to time, and gone on from. Default: nowhere. */
  readonly store?: CheckpointStore;
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: StepProgress) => void | Promise<void>;
}

/** Trains on rows once. Parameters are those after it; yours to dispose. */
export async function trained({
  rows,
  before,
  batchSize,
  store = memoryStore(),
  signal,
  onStep,
  ...training
}: Training): Promise<NamedTensorMap> {
  const steps = Math.ceil(countOf(rows) / batchSize);
  const learner = await restoredOrNew(store, learnerOptions({ ...training, steps, isAfter: before !== undefined }));
  try {
    const known = before && taskOf(before, 0);
    for (const task of learner.remaining([...(known ? [known] : []), taskOf(rows, known ? 1 : 0)])) {
      const isKnown = task.index === known?.index;
      await learnKeeping(learner, task, store, {
        batchSize,
        ...(isKnown && { iterations: 1 }),
        ...(signal && { signal }),
        ...(onStep && !isKnown && { onStep }),
      });
    }
    return learner.parameters();
  } finally {
    learner.dispose();
  }
}

type LearnerSettings = Pick<Training, 'model' | 'from' | 'learningRate' | 'seed' | 'strategy' | 'compiler'> & {
  readonly steps: number;
  /** Whether a first step, which moves nothing, comes before. */
  readonly isAfter: boolean;
};

function learnerOptions({ model, from, learningRate, seed, strategy, compiler, steps, isAfter }: LearnerSettings): LearnerOptions {
  const warm = Math.max(1, Math.round(steps / 20));
  const rate = warmup({ steps: warm, next: cosine({ rate: learningRate, steps: Math.max(1, steps - warm), floor: learningRate / 10 }) });
  return {
    model,
    objective: languageModel(),
    // No weight decay: a difference of weights is one to weights that nothing else has moved.
    optimizer: adamW({ learningRate: isAfter ? afterFirst(rate) : rate, weightDecay: 0 }),
    scenario: 'domain',
    clipNorm: 1,
    seed,
    slots: isAfter ? 'reset' : 'keep',
    ...(from && { parameters: from }),
    ...(strategy && { strategy }),
    ...(compiler && { compiler }),
  };
}

/** A schedule that begins one step later, before which nothing moves. */
const afterFirst =
  (schedule: Schedule): Schedule =>
  (step) =>
    step === 0 ? 0 : schedule(step - 1);

function taskOf(rows: TokenRows, index = 0): TaskData {
  const data = datasetOf(rows);
  return { index, name: 'text', classes: [], train: data, test: data, ordered: true };
}

/** From tokens, int32 [batch, length], to logits of what follows each, [batch, length, vocabulary]. */
export type Logits = (ids: tf.Tensor2D) => tf.Tensor;

/** Mean cross-entropy of a next token over rows of running text, in nats. */
export async function lossOf(logits: Logits, { ids, length }: TokenRows, batchSize = 32): Promise<number> {
  const count = ids.length / length;
  let sum = 0;
  for (let from = 0; from < count; from += batchSize) {
    const rows = Math.min(batchSize, count - from);
    const losses = tf.tidy(() => {
      const given = tf.tensor2d(ids.subarray(from * length, (from + rows) * length), [rows, length], 'int32');
      const outputs = tf.slice(logits(given), [0, 0, 0], [rows, length - 1, -1]);
      const wanted = tf.oneHot(tf.slice(given, [0, 1], [rows, length - 1]), outputs.shape[2]!);
      return tf.neg(tf.sum(tf.mul(tf.logSoftmax(outputs), wanted)));
    });
    sum += (await losses.data())[0]!;
    losses.dispose();
  }
  return sum / (count * (length - 1));
}
