import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { column, Learner, type TaskData } from '../../src/index.js';
import { onCpu, optionsOf, refusal, refused, tasks, withLearner } from './support.js';

onCpu();

const [first] = tasks;

describe('what is no task', () => {
  const unlike = (task: unknown) => task as TaskData;

  it('is refused with what it lacks, wherever a task is asked for, and nothing has begun', async () => {
    const { index, name, classes, train, test } = first;
    const lacks = [
      [undefined, 'index'],
      [{ task: first, train }, 'index'],
      [{ name, classes, train, test }, 'index'],
      [{ ...first, index: '0' }, 'index'],
      [{ ...first, index: -1 }, 'index'],
      [{ index, classes, train, test }, 'name'],
      [{ index, name, train, test }, 'classes'],
      [{ ...first, classes: new Set([0, 1]) }, 'classes'],
    ] as const;
    await withLearner({}, async (learner) => {
      for (const [task, what] of lacks) {
        const message = new RegExp(`^CL_DATA .*must have index, name and classes.* ${what} cannot be what it is in`);
        expect(await refusal(learner.learn(unlike(task)))).toMatch(message);
        expect(await refusal(learner.evaluate(unlike(task)))).toMatch(message);
        if (task === undefined) continue;
        expect(await refused(() => tf.tidy(() => learner.predict(tf.zeros([1, 4]), { task: unlike(task) })))).toMatch(message);
        expect(await refused(() => learner.measure({ task: unlike(task) }))).toMatch(message);
      }
      expect(learner.progress).toMatchObject({ learned: [], current: null, step: 0 });
    });
  });

  it('is refused where its classes are no outputs, which would mask those of the next row', async () => {
    await withLearner({ scenario: 'task' }, async (learner) => {
      for (const c of [4, -1, 0.5, Number.NaN]) {
        const message = /^CL_LABEL .*classes of task 0 must be outputs of the model, 0 to 3, received \[0, 1, /;
        expect(await refusal(learner.learn({ ...first, classes: [0, 1, c] }))).toMatch(message);
        expect(await refusal(learner.evaluate({ ...first, classes: [0, 1, c] }))).toMatch(message);
      }
    });
  });

  it('is refused where its examples are no columns, or not as many as it says', async () => {
    const { x, y } = first.train;
    await withLearner({}, async (learner) => {
      for (const train of [undefined, [1, 2], { x, length: 20 }, { y, length: 20 }, { x: [[1, 2, 3, 4]], y: [0], length: 1 }]) {
        expect(await refusal(learner.learn(unlike({ ...first, train })))).toMatch(/^CL_DATA task 0 .*expected a data set of columns/);
      }
      expect(await refusal(learner.learn({ ...first, train: { x, y, length: 3 } }))).toMatch(/^CL_SHAPE .*'x' has 20 rows, expected 3/);
    });
  });

  it('has targets that the objective can read', async () => {
    const { x } = first.train;
    const train = { x, y: column(new Int32Array(20), [1]), length: 20 };
    await withLearner({}, async (learner) => {
      expect(await refusal(learner.learn({ ...first, train }))).toMatch(/^CL_SHAPE classification\(\): .*received int32 \[1\]/);
    });
  });
});

describe('inputs that cannot be', () => {
  it('are refused where there are none, or where they are no tensors', async () => {
    await withLearner({}, async (learner) => {
      const predicted = (x: unknown) => refused(() => tf.tidy(() => learner.predict(x as tf.Tensor)));
      for (const x of [undefined, [[1, 2, 3, 4]], new Float32Array(4), 'x'])
        expect(await predicted(x)).toMatch(/^CL_SHAPE .*received none/);
      const none = tf.zeros([0, 4]);
      expect(await predicted(none)).toBe('CL_DATA predict(): there are no rows.');
      none.dispose();
      expect(await refused(() => learner.predict(none, first as object))).toMatch(/^CL_OPTION predict.*there is no option 'index'/);
    });
  });
});

describe('a learner', () => {
  it('is saved to a store and read from one', async () => {
    await withLearner({}, async (learner) => {
      expect(await refusal(learner.save('folder' as never))).toMatch(/^CL_OPTION save\(\{ store: 'folder' \}\): store must be a store/);
      expect(await refusal(Learner.restore('folder' as never, optionsOf()))).toMatch(/^CL_OPTION restore\(\{ store: 'folder' \}\)/);
    });
  });

  it('is told of tasks in a list, and of outputs in whole numbers', async () => {
    await withLearner({}, async (learner) => {
      expect(await refused(() => learner.remaining({ tasks } as never))).toMatch(/^CL_OPTION remaining\(\{ tasks: .*must be a list/);
      for (const count of [-1, 1.5, '2']) expect(await refused(() => learner.grow(count as number))).toMatch(/^CL_OPTION grow\(\{ count: /);
      expect(learner.model.outputs).toBe(4);
    });
  });

  it('says so when it has been disposed of', async () => {
    const learner = new Learner(optionsOf());
    learner.dispose();
    learner.dispose();
    const message = 'CL_OPTION This learner has been disposed of; make another one.';
    expect(await refusal(learner.learn(first))).toBe(message);
    expect(await refusal(learner.evaluate(first))).toBe(message);
    expect(await refused(() => learner.parameters())).toBe(message);
  });
});
