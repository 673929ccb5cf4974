import { Learner, memoryStore, sgd } from '@cl/core';
import { mlp } from '@cl/models';
import * as tf from '@tensorflow/tfjs-core';
import { clouds } from '../../../../testing/toy.js';
import { makeStrategy } from '../../src/strategies/make.js';

/** What came of a training, in numbers that a page can hand out. */
export interface TrialResult {
  readonly backend: string;
  /** Test accuracy of each task after the last. */
  readonly accuracy: readonly number[];
  readonly parameters: { readonly [name: string]: readonly number[] };
  /** Tensors that a step in the last task left behind, and that the whole trial did. */
  readonly leaked: { readonly step: number; readonly trial: number };
  /** The checkpoint after the last task, file by file. */
  readonly checkpoint: { readonly [file: string]: readonly number[] };
}

const model = () => mlp({ inputs: 6, hidden: [16], outputs: 6 });
export const optionsOf = (strategy: string, options: { readonly [name: string]: unknown }) => ({
  model: model(),
  optimizer: sgd(0.1),
  scenario: 'task' as const,
  seed: 5,
  strategy: makeStrategy({ strategy, options: options as never }),
});
export const stream = () => clouds({ scenario: 'task', rows: 24 });

/** Three tasks with a strategy on the back end at hand: the same in Node and in a tab. */
export async function trial(strategy: string, options: { readonly [name: string]: unknown }): Promise<TrialResult> {
  await tf.ready();
  const before = tf.memory().numTensors;
  const learner = new Learner(optionsOf(strategy, options));
  const counts: number[] = [];
  const { tasks } = stream();
  for (const task of tasks) await learner.learn(task, { epochs: 4, batchSize: 8, onStep: () => void counts.push(tf.memory().numTensors) });

  const accuracy: number[] = [];
  for (const task of tasks) accuracy.push((await learner.evaluate(task)).accuracy!);
  const store = memoryStore();
  await learner.save(store, 'end');
  const { files } = await store.read('end');
  const parameters = learner.parameters();
  const values = Object.entries(parameters).map(([name, tensor]) => [name, [...tensor.dataSync()]] as const);
  tf.dispose(parameters);
  learner.dispose();
  return {
    backend: tf.getBackend(),
    accuracy,
    parameters: Object.fromEntries(values),
    leaked: { step: counts.at(-1)! - counts.at(-10)!, trial: tf.memory().numTensors - before },
    checkpoint: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, [...bytes]])),
  };
}
