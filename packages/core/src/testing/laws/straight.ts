import * as tf from '@tensorflow/tfjs-core';
import { type CheckpointStore, memoryStore } from '../../checkpoint/index.js';
import { Learner } from '../../learner/index.js';
import { learnerOptions, type Subject, stateOf, streamOf, valuesOf } from '../subject.js';

/** A run over all tasks without a break, and what was seen on the way. */
export interface Straight {
  /** Numbers of tensors: before the learner was made, after each step of each task, after it was disposed. */
  readonly tensors: { readonly before: number; readonly steps: readonly (readonly number[])[]; readonly after: number };
  /** A checkpoint after each step, '0-3', and after each task, '0-learned'. */
  readonly checkpoints: CheckpointStore;
  readonly state: ReadonlyMap<string, string>;
  /** Parameters after the first task, and after the last. */
  readonly first: ReadonlyMap<string, readonly number[]>;
  readonly values: ReadonlyMap<string, readonly number[]>;
}

export async function runStraight(subject: Subject): Promise<Straight> {
  const stream = streamOf(subject);
  const before = tf.memory().numTensors;
  const checkpoints = memoryStore();
  const steps: number[][] = [];
  let first: Straight['first'] = new Map();
  const learner = new Learner(learnerOptions(subject, stream));
  try {
    for (const task of stream.tasks) {
      const counts: number[] = [];
      steps.push(counts);
      const onStep = async ({ iteration }: { iteration: number }) => {
        counts.push(tf.memory().numTensors);
        await learner.save(checkpoints, `${task.index}-${iteration}`);
      };
      await learner.learn(task, { ...subject.learn, onStep });
      await learner.save(checkpoints, `${task.index}-learned`);
      await learner.evaluate(task);
      if (task.index === 0) first = valuesOf(learner);
    }
    const [state, values] = [await stateOf(learner), valuesOf(learner)];
    learner.dispose();
    return { tensors: { before, steps, after: tf.memory().numTensors }, checkpoints, state, first, values };
  } finally {
    learner.dispose();
  }
}
