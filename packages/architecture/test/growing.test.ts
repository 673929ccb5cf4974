import { type AnyStrategy, adam, compose, Learner, memoryStore } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds } from '../../../testing/toy.js';
import { type Nested, taken } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { agem } from '../../optimization/src/index.js';
import { ewc } from '../../regularization/src/index.js';
import { replay } from '../../replay/src/index.js';
import { batchEnsemble, expertGate, modular, progressive } from '../src/index.js';

beforeAll(useCpu);

const GROWING = {
  progressive: () => progressive(),
  batchEnsemble: () => batchEnsemble(),
  modular: () => modular({ join: 'concatenation' }),
  expertGate: () => expertGate({ hidden: 2 }),
};
const BESIDE = {
  'ewc, separate': () => ewc({ lambda: 10 }),
  'ewc, online': () => ewc({ lambda: 10, mode: 'online', gamma: 1 }),
  agem: () => agem({ capacity: 20 }),
  replay: () => replay({ capacity: 20 }),
};
const pairs = Object.entries(GROWING).flatMap(([grows, create]) =>
  Object.entries(BESIDE).map(([name, beside]) => ({
    grows,
    name,
    make: () => compose(...([beside(), create()] as never[])) as unknown as AnyStrategy,
  })),
);

const stream = clouds({ scenario: 'task', tasks: 3, rows: 6 });
const learn = { epochs: 1, batchSize: 6 };

/** Strategies whose states follow the parameters, beside those that add parameters with each task. */
describe.each(pairs)('$grows beside $name', ({ make }) => {
  const options = () =>
    ({ model: mlp({ inputs: 6, hidden: [5], outputs: 6 }), optimizer: adam(0.01), scenario: 'task', strategy: make(), seed: 3 }) as const;

  it('keeps its promise to the bit, and resumes in the middle of a task that added parameters', async () => {
    const store = memoryStore();
    const learner = new Learner(options());
    const x = tf.randomNormal([8, 6], 0, 1, 'float32', 1);
    const answers: Nested[] = [];
    for (const [t, task] of stream.tasks.entries()) {
      await learner.learn(task, { ...learn, onStep: ({ iteration }) => (t === 2 && iteration === 1 ? learner.save(store) : undefined) });
      const now = stream.tasks.slice(0, t + 1).map((each) => taken({ y: learner.predict(x, { task: each }) }).y!);
      expect(now.slice(0, t)).toEqual(answers);
      answers.push(now[t]!);
    }
    expect((answers.flat(2) as number[]).every(Number.isFinite)).toBe(true);
    const resumed = await Learner.restore(store, options());
    for (const task of resumed.remaining(stream.tasks)) await resumed.learn(task, learn);
    expect(await resumed.parameterHash()).toBe(await learner.parameterHash());
    x.dispose();
    learner.dispose();
    resumed.dispose();
  });
});
