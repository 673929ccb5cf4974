import { expect } from 'vitest';
import type { LearnerOptions } from '../../learner/index.js';
import { Learner } from '../../learner/index.js';
import { compose } from '../../strategy/compose.js';
import { audited } from '../audited.js';
import { guardReads } from '../device-reads.js';
import { differences } from '../fingerprint.js';
import { learnAll, learnerOptions, stateOf, streamOf, valuesOf, withLearner } from '../subject.js';
import type { Law } from './law.js';

export const leavesNoTensor: Law = {
  name: 'leaves no tensor behind',
  async check(_subject, straight) {
    const { before, steps, after } = (await straight()).tensors;
    expect(after, 'tensors after all is disposed').toBe(before);
    for (const counts of steps) {
      // The first step may keep what later steps use again; a stage that begins may change the state.
      const rises = counts.slice(2).filter((count, i) => count > counts[i + 1]!);
      expect(rises.length, `steps of a task that leave tensors behind, by their numbers: ${counts.join(', ')}`).toBeLessThan(2);
    }
  },
};

export const isDeterministic: Law = {
  name: 'does the same again with the same seed',
  async check(subject, straight) {
    const stream = streamOf(subject);
    const again = await withLearner(learnerOptions(subject, stream), async (learner) => {
      await learnAll(learner, stream.tasks, subject.learn);
      return stateOf(learner);
    });
    expect(differences((await straight()).state, again)).toEqual([]);
  },
};

/** Mid-task, at the last step before the task is consolidated, between tasks, and where a memory has met two tasks. */
const MOMENTS = (iterations: number): readonly string[] => ['0-1', `0-${iterations}`, '0-learned', '1-2', `1-${iterations - 1}`];

/** @param moments Where it stops, by the number of steps of a task: names of checkpoints of the straight run. */
export const resumesFrom = (moments: (iterations: number) => readonly string[]): Law => ({
  name: 'goes on after a stop, bit for bit as if there had been none',
  async check(subject, straight) {
    const stream = streamOf(subject);
    const { checkpoints, state } = await straight();
    const iterations = Math.max(...(await checkpoints.list()).map((name) => Number(name.split('-')[1])).filter(Number.isInteger));
    for (const moment of moments(iterations)) {
      const learner = await Learner.restore(checkpoints, learnerOptions(subject, stream), moment);
      try {
        await learnAll(learner, learner.remaining(stream.tasks), subject.learn);
        expect(differences(state, await stateOf(learner)), `resumed from ${moment}`).toEqual([]);
      } finally {
        learner.dispose();
      }
    }
  },
});

export const resumes = resumesFrom(MOMENTS);

/** @param declared Why the first task is changed, or false. */
export const firstTask = (declared: boolean): Law => ({
  name: declared ? 'changes the first task, as it is declared to' : 'trains the first task as if it were not there, bit for bit',
  async check(subject, straight) {
    const stream = streamOf(subject);
    const plain = await withLearner(learnerOptions(subject, stream, { strategy: compose() }), async (learner) => {
      await learner.learn(stream.tasks[0]!, subject.learn);
      return valuesOf(learner);
    });
    const { first } = await straight();
    const changed = [...plain.keys()].filter((name) => `${plain.get(name)}` !== `${first.get(name)}`);
    if (declared) expect(changed, 'parameters that differ from plain training').not.toEqual([]);
    else expect(changed, 'parameters that differ from plain training').toEqual([]);
  },
});

export const isPure: Law = {
  name: 'has graph hooks that are pure functions of tensors, and host hooks that only touch memories',
  async check(subject, straight) {
    const stream = streamOf(subject);
    const guard = guardReads();
    try {
      const options: LearnerOptions = learnerOptions(subject, stream, { strategy: audited(subject.create(), guard) });
      const values = await withLearner(options, async (learner) => {
        await learnAll(learner, stream.tasks, subject.learn);
        return valuesOf(learner);
      });
      expect(values, 'parameters where each hook is called twice').toEqual((await straight()).values);
    } finally {
      guard.remove();
    }
  },
};
