import { type CheckpointStore, Learner, type LearnerOptions, type LearnOptions, type TaskData } from '@cl/core';

/** A learner as it was when it was last saved there, or a new one. */
export async function restoredOrNew(store: CheckpointStore, options: LearnerOptions): Promise<Learner> {
  return (await store.list()).length > 0 ? Learner.restore(store, options) : new Learner(options);
}

/** Seconds between two checkpoints. */
const EVERY = 30;

/**
 * Learns a task with a checkpoint now and then, and one where the signal stops it, so that it goes on from there.
 *
 * @throws The signal's reason where it stopped.
 */
export async function learnKeeping(learner: Learner, task: TaskData, store: CheckpointStore, options: LearnOptions): Promise<void> {
  let next = performance.now() + 1000 * EVERY;
  const onStep: LearnOptions['onStep'] = (progress) => {
    const said = options.onStep?.(progress);
    if (said || performance.now() < next) return said;
    next = performance.now() + 1000 * EVERY;
    return learner.save(store);
  };
  try {
    await learner.learn(task, { ...options, onStep });
  } catch (error) {
    if (options.signal?.aborted && error === options.signal.reason) await learner.save(store);
    throw error;
  }
}
