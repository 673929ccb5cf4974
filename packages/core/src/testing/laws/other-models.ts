import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { read } from '../../data.js';
import type { Learner } from '../../learner/index.js';
import type { Model, ParameterSpec } from '../../model/model.js';
import type { Scenario, TaskData } from '../../scenario/task.js';
import type { Requirement } from '../../strategy/strategy.js';
import { learnAll, learnerOptions, type Subject, streamOf, valuesOf, withLearner } from '../subject.js';
import { tinyStream } from '../tiny-stream.js';
import type { Law } from './law.js';

export const learnsImages: Law = {
  name: 'works with a convolutional network',
  async check(subject) {
    const stream = tinyStream({ scenario: subject.scenarios[0]!, inputs: [6, 6, 1], rows: 12, testRows: 6, seed: subject.seed });
    const before = tf.memory().numTensors;
    await withLearner(learnerOptions(subject, stream), async (learner) => {
      await learnAll(learner, stream.tasks, { ...subject.learn, epochs: 1 });
      expectFinite(learner);
    });
    expect(tf.memory().numTensors, 'tensors after all is disposed').toBe(before);
  },
};

export const learnsIn = (scenario: Scenario): Law => ({
  name: `works in the scenario '${scenario}'`,
  async check(subject) {
    const stream = streamOf(subject, scenario);
    const before = tf.memory().numTensors;
    await withLearner(learnerOptions(subject, stream), async (learner) => {
      await learnAll(learner, stream.tasks, subject.learn);
      for (const task of stream.tasks) expect((await learner.evaluate(task)).accuracy).toBeGreaterThanOrEqual(0);
      expectFinite(learner);
    });
    expect(tf.memory().numTensors, 'tensors after all is disposed').toBe(before);
  },
});

export const needsNoMore: Law = {
  name: 'needs no more of a model than it requires',
  async check(subject) {
    const stream = streamOf(subject);
    const required = new Set<Requirement>(subject.create().requires ?? []);
    const full = learnerOptions(subject, stream).model;
    await withLearner(learnerOptions(subject, stream, { model: stripped(full, required) }), async (learner) => {
      await learnAll(learner, stream.tasks, { ...subject.learn, epochs: 1 });
      expectFinite(learner);
    });
  },
};

/** The model without what is not required of it. */
function stripped({ grow, ...model }: Model, required: ReadonlySet<Requirement>): Model {
  const plain = ([name, { use: _use, ...spec }]: [string, ParameterSpec]) => [
    name,
    required.has('classes') ? spec : { ...spec, role: 'trunk' },
  ];
  const sites = required.has('sites') ? model.sites : model.sites.filter(({ kind }) => kind === 'features' && required.has('features'));
  const kept = required.has('sites') ? Object.entries(model.parameters) : Object.entries(model.parameters).map(plain);
  return { ...model, sites, parameters: Object.fromEntries(kept), ...(grow && required.has('growth') && { grow }) };
}

export const grows: Law = {
  name: 'goes on when the model gets more outputs, of which the old ones stay as they are',
  async check(subject) {
    const scenario = subject.scenarios.find((each) => each === 'class' || each === 'task');
    if (!scenario) return 'its scenarios have no new classes';
    const stream = streamOf(subject, scenario);
    const [first, second] = [stream.tasks[0]!, stream.tasks[1]!];
    const { outputs } = tinyStream({ scenario, tasks: 1, seed: subject.seed });
    const options = learnerOptions(subject, { ...stream, outputs });
    if (!options.model.grow) return 'the model cannot grow';
    const before = tf.memory().numTensors;
    await withLearner(options, async (learner) => {
      await learner.learn(first, subject.learn);
      const [scores, values] = [scoresOf(learner, first), valuesOf(learner)];
      learner.grow(stream.outputs - outputs);
      expect(
        scoresOf(learner, first).map((row) => row.slice(0, outputs)),
        'scores of the old outputs',
      ).toEqual(scores);
      expectOldColumns(values, valuesOf(learner), learner.model);
      await learnAll(learner, [second], subject.learn);
      await learner.evaluate(first);
      expectFinite(learner);
    });
    expect(tf.memory().numTensors, 'tensors after all is disposed').toBe(before);
  },
};

function scoresOf(learner: Learner, task: TaskData): number[][] {
  const { values, shape } = read(task.test.x as Parameters<typeof read>[0]);
  return tf.tidy(() => learner.predict(tf.tensor(values, [task.test.length, ...shape]), { task }).arraySync() as number[][]);
}

/** Every parameter begins, in each row of its last axis, with what it had. */
function expectOldColumns(
  before: ReadonlyMap<string, readonly number[]>,
  after: ReadonlyMap<string, readonly number[]>,
  model: Model,
): void {
  for (const [name, old] of before) {
    const now = after.get(name)!;
    const { shape, role } = model.parameters[name]!;
    const width = shape.at(-1)!;
    const columns = role === 'head' ? (old.length / now.length) * width : width;
    expect(
      now.filter((_, i) => i % width < columns),
      `old columns of '${name}'`,
    ).toEqual(old);
  }
}

function expectFinite(learner: Learner): void {
  for (const [name, values] of valuesOf(learner)) expect(values.every(Number.isFinite), `'${name}' is finite`).toBe(true);
}

export const forEachScenario = (subject: Subject): readonly Law[] => subject.scenarios.slice(1).map(learnsIn);
