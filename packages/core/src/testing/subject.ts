import * as tf from '@tensorflow/tfjs-core';
import { decodeSafetensors, memoryStore } from '../checkpoint/index.js';
import type { Compiler } from '../compiler/compiler.js';
import type { LearnOptions } from '../learner/index.js';
import { Learner, type LearnerOptions } from '../learner/index.js';
import type { Model } from '../model/model.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { Scenario, Stream, TaskData } from '../scenario/task.js';
import type { AnyStrategy } from '../strategy/conflicts.js';
import type { TensorTree } from '../tree.js';
import { leaves } from '../tree.js';
import { tinyCnn, tinyMlp } from './tiny-models.js';
import { tinyStream } from './tiny-stream.js';

/** What a model must be made for. */
export interface ModelSize {
  readonly inputs: readonly number[];
  readonly outputs: number;
  /** Share of units to drop in training; a law that compares batches of different size asks for none. */
  readonly dropout: number;
}

/** A strategy under test, and all that it is tested with. */
export interface Subject {
  create(): AnyStrategy;
  readonly scenarios: readonly Scenario[];
  model(size: ModelSize): Model;
  readonly optimizer: Optimizer;
  readonly learn: LearnOptions;
  /** Tasks of the stream. Default 2. */
  readonly tasks?: number;
  /** Numbers in an input row. Default 4. */
  readonly inputs?: number;
  readonly seed: number;
}

/** Two epochs of two full batches and one of four rows. */
export const LEARN: LearnOptions = { epochs: 2, batchSize: 8 };

export const defaultModel = ({ inputs, outputs, dropout }: ModelSize): Model =>
  inputs.length === 1
    ? tinyMlp({ inputs: inputs[0]!, outputs, dropout })
    : tinyCnn({ inputs: inputs as [number, number, number], outputs, dropout });

export const streamOf = (subject: Subject, scenario: Scenario = subject.scenarios[0]!): Stream =>
  tinyStream({ scenario, tasks: subject.tasks ?? 2, inputs: [subject.inputs ?? 4], seed: subject.seed });

/** Options of a learner of the strategy, or of another in its place. */
export function learnerOptions(
  subject: Subject,
  stream: Stream,
  {
    strategy = subject.create(),
    dropout = 0.25,
    model,
    compiler,
  }: { strategy?: AnyStrategy; dropout?: number; model?: Model; compiler?: Compiler | undefined } = {},
): LearnerOptions {
  const { inputs } = { inputs: shapeOf(stream.tasks[0]!) };
  return {
    model: model ?? subject.model({ inputs, outputs: stream.outputs, dropout }),
    optimizer: subject.optimizer,
    scenario: stream.scenario,
    strategy,
    seed: subject.seed,
    ...(compiler && { compiler }),
  };
}

const shapeOf = ({ train }: TaskData): readonly number[] => (train.x as { readonly shape: readonly number[] }).shape;

/** Makes a learner, lets it work, and disposes it. */
export async function withLearner<T>(options: LearnerOptions, work: (learner: Learner) => Promise<T>): Promise<T> {
  const learner = new Learner(options);
  try {
    return await work(learner);
  } finally {
    learner.dispose();
  }
}

/** Learns tasks one after another, evaluating each as a user would. */
export async function learnAll(learner: Learner, tasks: readonly TaskData[], options: LearnOptions): Promise<void> {
  for (const task of tasks) {
    await learner.learn(task, options);
    await learner.evaluate(task);
  }
}

/** All of a learner's state, by path: parameters, running averages, the strategy's tensors, JSON and memories, and where it stands. */
export async function stateOf(learner: Learner): Promise<ReadonlyMap<string, string>> {
  const store = memoryStore();
  await learner.save(store, 'state');
  const { files } = await store.read('state');
  const { tensors } = decodeSafetensors(files['tensors.safetensors']!, 'state');
  const entries = Object.entries(tensors).map(
    ([name, { dtype, shape, bytes }]) => [name, `${dtype} [${shape}] ${bytes.join(' ')}`] as const,
  );
  return new Map([...entries, ['state.json', new TextDecoder().decode(files['state.json']!)]]);
}

/** The values of the parameters by name. */
export function valuesOf(learner: Learner): ReadonlyMap<string, readonly number[]> {
  const parameters = learner.parameters();
  const values = Object.entries(parameters).map(([name, tensor]) => [name, [...tensor.dataSync()]] as const);
  tf.dispose(leaves(parameters as TensorTree));
  return new Map(values);
}

/** Keeps what is computed first, for all who ask later. */
export function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= compute();
    return result;
  };
}
