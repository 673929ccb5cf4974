import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  classification,
  column,
  dataset,
  defineStrategy,
  Learner,
  momentum,
  type Objective,
  regression,
  type TaskData,
} from '../../src/index.js';
import { tinyMlp, tinyStream } from '../../src/testing/index.js';
import { HOW, onCpu, optionsOf, refusal, refused, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

describe('a loss that is not finite', () => {
  /** The objective's loss, until a switch makes a weight of it infinite. */
  const objectiveWith = (broken: { now: boolean }): Objective => {
    const plain = classification();
    return {
      ...plain,
      terms: (outputs, batch) => {
        const { losses, weights } = plain.terms(outputs, batch);
        return { losses: broken.now ? tf.mul(losses, Number.NaN) : losses, weights };
      },
    };
  };

  it('is refused with what to do; the step is not applied, and the learner goes on from there', async () => {
    const broken = { now: false };
    const plain = await withLearner({}, async (learner) => {
      for (const task of tasks) await learner.learn(task, HOW);
      return valuesOf(learner);
    });
    await withLearner({ objective: objectiveWith(broken) }, async (learner) => {
      await learner.learn(first, HOW);
      // From a task's first step to its end, a learner has what its batches have in common.
      let tensors = 0;
      const onStep = () => {
        tensors = tf.memory().numTensors;
        broken.now = true;
      };
      expect(await refusal(learner.learn(second, { ...HOW, onStep }))).toBe(
        "CL_NOT_FINITE task 1 ('task 2'), step 7: the loss is not a finite number. The step was not applied; the learner stands where it was. " +
          'Lower the learning rate or the weight of a penalty: for EWC, rate × lambda × the largest importance must stay below 2. Or is there a NaN among the inputs?',
      );
      expect(learner.progress).toMatchObject({ step: 7, current: { iteration: 1 } });
      expect(tf.memory().numTensors).toBe(tensors);
      broken.now = false;
      await learner.learn(second, HOW);
      expect(valuesOf(learner)).toEqual(plain);
    });
  });

  it('can be cured by a lower rate', async () => {
    let rate = 1e30;
    const diverging = defineStrategy({
      name: 'diverging',
      init: () => ({}),
      // Far from the start, the penalty overflows; the first steps are far.
      loss: (ctx) => tf.sum(tf.square(tf.square(ctx.parameters['dense0/kernel']!))) as tf.Scalar,
    });
    await withLearner({ strategy: diverging, optimizer: momentum({ learningRate: () => rate, momentum: 0 }) }, async (learner) => {
      const before = valuesOf(learner);
      expect(await refusal(learner.learn(first, HOW))).toMatch(/^CL_NOT_FINITE/);
      // A first step at this rate is finite, but where it leads is not: that one was taken.
      expect(learner.progress.step).toBe(1);
      expect(valuesOf(learner)).not.toEqual(before);
    });
    rate = 0.01;
    await withLearner({ strategy: diverging, optimizer: momentum({ learningRate: () => rate, momentum: 0 }) }, async (learner) => {
      await learner.learn(first, HOW);
      expect(learner.progress.step).toBe(6);
    });
  });
});

describe('examples that do not fit', () => {
  const task = (x: tf.TypedArray, shape: number[], y: readonly number[], classes = [0, 1]): TaskData => {
    const data = dataset(column(x as Float32Array, shape), column(Int32Array.from(y), []));
    return { index: 0, name: 'odd', classes, train: data, test: data };
  };

  it('are refused by shape, with both shapes', async () => {
    await withLearner({}, async (learner) => {
      expect(await refusal(learner.learn(task(new Float32Array(6), [3], [0, 1])))).toBe(
        "CL_SHAPE task 0 ('odd'): inputs of 'tiny-mlp' must have shape [4] a row, received [3]. Reshape the data or build the model for them.",
      );
      expect(await refusal(learner.learn(task(new Float32Array(8), [2, 2], [0, 1])))).toMatch(/CL_SHAPE .*received \[2,2\]/);
      const named = dataset({ ids: column(new Float32Array(8), [4]) }, column(Int32Array.of(0, 1), []));
      expect(await refusal(learner.learn({ ...first, train: named }))).toMatch(/CL_SHAPE .*must have shape \[4\] a row, received none/);
      expect(await refused(() => tf.tidy(() => learner.predict(tf.zeros([2, 3]))))).toMatch(
        /CL_SHAPE predict\(\): inputs .* received \[3\]/,
      );
    });
  });

  it('are refused by label, with the row', async () => {
    await withLearner({}, async (learner) => {
      const x = new Float32Array(8);
      expect(await refusal(learner.learn(task(x, [4], [0, 4])))).toMatch(/CL_LABEL .*whole numbers from 0 to 3.*row 1 has 4/);
      expect(await refusal(learner.learn(task(x, [4], [-1, 0])))).toMatch(/CL_LABEL .*row 0 has -1/);
      expect(await refusal(learner.learn(task(x, [4], [0, 2])))).toBe(
        "CL_LABEL task 0 ('odd'): row 1 has label 2, which is not among the classes that compete: 0, 1. Name it in the task's classes.",
      );
    });
  });

  it('may have labels of tasks before, where these compete', async () => {
    const again: TaskData = { ...second, train: first.train };
    await withLearner({ scenario: 'class' }, async (learner) => {
      await learner.learn(first, HOW);
      await learner.learn(again, HOW);
    });
    await withLearner({ scenario: 'task' }, async (learner) => {
      await learner.learn(first, HOW);
      expect(await refusal(learner.learn(again, HOW))).toMatch(/CL_LABEL task 1 .*compete: 2, 3/);
    });
    await withLearner({ scenario: 'domain' }, (learner) => learner.learn(again, HOW));
  });

  it('are refused where there are none, and nothing has begun', async () => {
    await withLearner({}, async (learner) => {
      expect(await refusal(learner.learn(task(new Float32Array(0), [4], [])))).toBe("CL_DATA task 0 ('odd'): there are no examples.");
      expect(learner.progress).toMatchObject({ learned: [], current: null });
    });
  });

  it('are refused where a target is not finite', async () => {
    const data = dataset(column(new Float32Array(8), [4]), column(Float32Array.of(1, Number.NaN, 0, 1, 1, 1, 1, 1), [4]));
    await withLearner({ objective: regression(), scenario: 'domain' }, async (learner) => {
      expect(await refusal(learner.learn({ ...first, train: data }))).toMatch(/CL_LABEL regression\(\): .* element 1 is NaN/);
    });
  });
});

describe('options that cannot be', () => {
  it('of learn() are refused', async () => {
    await withLearner({}, async (learner) => {
      for (const [options, message] of [
        [{ epochs: 1, iterations: 3 }, /CL_OPTION learn\(\): received epochs \(1\) and iterations \(3\); give one of them/],
        [{ epochs: 0 }, /CL_OPTION learn\(\{ epochs: 0 \}\)/],
        [{ iterations: 1.5 }, /CL_OPTION learn\(\{ iterations: 1.5 \}\)/],
        [{ batchSize: -1 }, /CL_OPTION learn\(\{ batchSize: -1 \}\)/],
        [{ signal: true }, /CL_OPTION learn\(\{ signal: true \}\): signal must be an AbortSignal/],
        [{ onStep: 3 }, /CL_OPTION learn\(\{ onStep: 3 \}\)/],
        [{ epoch: 2 }, /CL_OPTION learn\(\{ epoch: 2 \}\): there is no option 'epoch'. Did you mean 'epochs'\?/],
      ] as const) {
        expect(await refusal(learner.learn(first, options as object))).toMatch(message);
      }
    });
  });

  it('of evaluate() are refused, before a loop that would never end', async () => {
    await withLearner({}, async (learner) => {
      expect(await refusal(learner.evaluate(first, { batchSize: 0 }))).toMatch(/CL_OPTION evaluate\(\{ batchSize: 0 \}\)/);
      expect(await refusal(learner.evaluate(first, { batch: 3 } as object))).toMatch(
        /CL_OPTION evaluate\(\{ batch: 3 \}\): there is no option/,
      );
      expect(await refusal(learner.evaluate(first, { competing: 'none' as never }))).toMatch(
        /CL_OPTION evaluate\(\{ competing: 'none' \}\)/,
      );
      expect(await refusal(learner.evaluate(first, { on: 'validation' }))).toMatch(
        /CL_OPTION evaluate\(\): task 0 \('task 1'\) has no validation examples/,
      );
    });
  });

  it('of the learner are refused', async () => {
    const made = (options: object) => refused(() => new Learner({ ...optionsOf(), ...options }));
    expect(await made({ scenario: 'online' })).toMatch(/CL_OPTION Learner\(\{ scenario: 'online' \}\)/);
    expect(await made({ slots: 'drop' })).toMatch(/CL_OPTION Learner\(\{ slots: 'drop' \}\)/);
    expect(await made({ seed: '1' })).toMatch(/CL_OPTION Learner\(\{ seed: '1' \}\)/);
    expect(await made({ model: 'mlp' })).toBe(
      "CL_OPTION Learner({ model: 'mlp' }): model must be a model, as mlp() or fromLayers() make, received 'mlp'.",
    );
    expect(await made({ model: undefined })).toMatch(/model must be a model/);
    expect(await made({ optimizer: momentum })).toMatch(/optimizer must be an optimizer, as adam\(\) makes, received function momentum/);
    expect(await made({ objective: classification })).toMatch(/objective must be an objective/);
    expect(await made({ compiler: 'graph' })).toMatch(/compiler must be a compiler/);
    expect(await made({ strategy: 'ewc' })).toMatch(/^CL_OPTION compose\(\{ strategy: 'ewc' \}\): strategy must be a strategy/);
    expect(await made({ strategy: defineStrategy })).toMatch(/strategy must be a strategy/);
    expect(await made({ strategies: [] })).toMatch(/there is no option 'strategies'. Did you mean 'strategy'\?/);
  });

  it('parameters must be those of the model', async () => {
    const made = (parameters: tf.NamedTensorMap) => refused(() => new Learner(optionsOf({ parameters })));
    const wrong = { 'dense0/kernel': tf.zeros([4, 7]) };
    expect(await made(wrong)).toBe("CL_MODEL parameters: 'dense0/kernel' of 'tiny-mlp' has shape [4,6], received [4,7].");
    const unknown = { kernel: tf.zeros([4, 6]) };
    expect(await made(unknown)).toMatch(/CL_MODEL parameters: 'tiny-mlp' has no 'kernel'. It has: dense0\/kernel, /);
    tf.dispose([wrong, unknown]);
  });

  it('parameters are copied, and those that are not given are drawn', async () => {
    const parameters = { 'dense0/kernel': tf.ones([4, 6]) };
    await withLearner({ parameters }, async (learner) => {
      tf.dispose(parameters);
      const drawn = await withLearner({}, valuesOf);
      expect(valuesOf(learner)).toEqual({ ...drawn, 'dense0/kernel': Array.from({ length: 24 }, () => 1) });
    });
  });
});

describe('one thing at a time', () => {
  it('a second learn() is refused while the first has not ended', async () => {
    await withLearner({}, async (learner) => {
      const running = learner.learn(first, { ...HOW, onStep: () => new Promise((resolve) => setTimeout(resolve)) });
      expect(await refusal(learner.learn(second, HOW))).toBe('CL_OPTION learn(): task 0 is being learned at this moment. Wait for it.');
      await running;
      await learner.learn(second, HOW);
    });
  });
});

describe('requirements', () => {
  it('are checked when the learner is made', async () => {
    const needs = (...requires: NonNullable<Parameters<typeof defineStrategy>[0]['requires']>) =>
      defineStrategy({ name: 'needy', requires, init: () => ({}) });
    const made = (options: object) => refused(() => new Learner({ ...optionsOf(), ...options }));
    expect(await made({ strategy: needs('task identity') })).toBe(
      "CL_REQUIREMENT 'needy' needs task identity. It must be told at test time which task an input belongs to; the scenario here is 'class'. " +
        "Use scenario 'task', or another strategy.",
    );
    expect(await made({ strategy: needs('boundaries'), scenario: 'free' })).toMatch(/^CL_REQUIREMENT 'needy' needs boundaries/);
    expect(await made({ strategy: needs('sites'), model: { ...tinyMlp(), sites: [] } })).toMatch(/^CL_REQUIREMENT 'needy' needs sites/);
    const { grow: _grow, ...stiff } = tinyMlp();
    expect(await made({ strategy: needs('growth'), model: stiff })).toMatch(/^CL_REQUIREMENT 'needy' needs growth/);
  });

  it('stages need a step each', async () => {
    const staged = defineStrategy({
      name: 'staged',
      stages: [
        { name: 'one', share: 0.9 },
        { name: 'two', share: 0.1 },
      ],
      init: () => ({}),
    });
    await withLearner({ strategy: staged }, async (learner) => {
      expect(await refusal(learner.learn(first, { iterations: 1 }))).toBe(
        "CL_OPTION learn(): a task of 1 steps is too short for 'staged', which has the stages 'one', 'two'. Train for at least 2 steps.",
      );
      expect(learner.progress.current).toBeNull();
      await learner.learn(tinyStream({ scenario: 'class' }).tasks[0]!, { iterations: 2 });
    });
  });
});
