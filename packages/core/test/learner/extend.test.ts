import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adam, decodeSafetensors, defineStrategy, Learner, type Model, map, memoryStore, named, type Task } from '../../src/index.js';
import { tinyMlp, tinyStream } from '../../src/testing/index.js';
import { HOW, onCpu, optionsOf, refusal, valuesOf, withLearner } from './support.js';

onCpu();

const { tasks } = tinyStream({ scenario: 'class', tasks: 3 });
const model = tinyMlp({ outputs: 6 });
const names = (learner: Learner) => Object.keys(learner.model.parameters).filter((name) => name.startsWith('shift'));

/** A bias on the outputs for each task, beside the model's own. */
const shifted = (base: Model, begun: readonly Task[]): Model => {
  const shifts = begun.map(({ index }) => `shift${index}/bias`);
  const spec = { shape: [base.outputs], role: 'head', initializer: { name: 'normal', deviation: 1 } } as const;
  return {
    ...base,
    name: `${base.name} with ${shifts.length} shifts`,
    parameters: { ...base.parameters, ...Object.fromEntries(shifts.map((name) => [name, spec])) },
    apply(parameters, x, options) {
      const { outputs } = base.apply(parameters, x, options);
      return { outputs: shifts.reduce((sum, name) => tf.add(sum, named(parameters, name)), outputs) };
    },
  };
};

const shifting = () =>
  defineStrategy({
    name: 'shifting',
    claims: ['architecture'],
    init: ({ parameters }) => ({
      seen: map(tf.onesLike, parameters) as NamedTensorMap,
      trunk: { 'dense0/kernel': tf.scalar(7) },
      begun: 0,
    }),
    wrap: shifted,
    beforeTask: (ctx, state) => ({
      ...state,
      seen: map((tensor, name) => tf.add(tensor, named(ctx.parameters, name)), state.seen),
      begun: state.begun + 1,
    }),
  });
const options = () => ({ model, optimizer: adam(0.01), strategy: shifting() });

describe('a strategy that adds parameters where a task begins', () => {
  it('is asked for the model without tasks, then with those that have begun, the one at hand last', async () => {
    const asked: string[] = [];
    const asking = defineStrategy({
      name: 'asking',
      claims: ['architecture'],
      init: () => ({}),
      wrap(base, begun) {
        asked.push(begun.map(({ index, classes }) => `${index}: ${classes}`).join('; '));
        return base;
      },
    });
    await withLearner({ model, strategy: asking }, async (learner) => {
      await learner.learn(tasks[1]!, HOW);
      await learner.learn(tasks[0]!, HOW);
    });
    expect(asked).toEqual(['', '1: 2,3', '1: 2,3; 0: 0,1']);
  });

  it('gets them drawn as if the model had had them from the beginning, and leaves all others as they are', async () => {
    const whole = await withLearner({ model: shifted(model, tasks) }, valuesOf);
    await withLearner({ ...options(), seed: 1 }, async (learner) => {
      expect(names(learner)).toEqual([]);
      await learner.learn(tasks[0]!, HOW);
      const before = valuesOf(learner);
      const stop = new AbortController();
      // Stopped before its first step.
      stop.abort();
      await expect(learner.learn(tasks[1]!, { ...HOW, signal: stop.signal })).rejects.toThrow();
      expect(names(learner)).toEqual(['shift0/bias', 'shift1/bias']);
      const { 'shift1/bias': added, ...old } = valuesOf(learner);
      expect(old).toEqual(before);
      expect(added).toEqual(whole['shift1/bias']);
    });
  });

  it('keeps averages and what strategies know of old parameters; of new ones both begin with zeros', async () => {
    const store = memoryStore();
    await withLearner(options(), async (learner) => {
      await learner.learn(tasks[0]!, HOW);
      await learner.save(store, 'before');
      const stop = new AbortController();
      stop.abort();
      await expect(learner.learn(tasks[1]!, { ...HOW, signal: stop.signal })).rejects.toThrow();
      await learner.save(store, 'after');
    });
    const [before, after] = await Promise.all(['before', 'after'].map(async (name) => tensorsIn((await store.read(name)).files)));
    for (const [name, values] of Object.entries(before!)) {
      if (!name.startsWith('states/')) expect(after![name], name).toEqual(values);
    }
    expect(slotOf(after!, 'shift1/bias')).toEqual([0, 0, 0, 0, 0, 0]);
    // Zero, and then what beforeTask added: the parameter itself.
    expect(stateOf(after!, 'seen/shift1/bias')).toEqual(after!['parameters/shift1/bias']);
    // Not a record of all parameters: nothing is added to it.
    expect(Object.keys(after!).filter((name) => name.includes('trunk'))).toHaveLength(1);
  });

  it('resumes from any checkpoint with the model that the learner was made with, bit for bit', async () => {
    const store = memoryStore();
    const expected = await withLearner(options(), async (learner) => {
      for (const task of tasks) {
        await learner.learn(task, { ...HOW, onStep: ({ iteration }) => learner.save(store, `${task.index}-${iteration}`) });
        await learner.save(store, `${task.index}-learned`);
      }
      return learner.parameterHash();
    });
    for (const moment of ['0-1', '0-learned', '1-2', '2-6', '2-learned']) {
      const learner = await Learner.restore(store, optionsOf(options()), moment);
      for (const task of learner.remaining(tasks)) await learner.learn(task, HOW);
      expect(await learner.parameterHash(), moment).toBe(expected);
      learner.dispose();
    }
    const { strategy: _strategy, ...plain } = options();
    expect(await refusal(Learner.restore(store, optionsOf(plain), '1-2'))).toMatch(/^CL_CHECKPOINT .*shift0\/bias/);
  });

  it('gives each of them columns for outputs that are added later', async () => {
    await withLearner({ ...options(), model: tinyMlp({ outputs: 2 }) }, async (learner) => {
      await learner.learn(tasks[0]!, HOW);
      const before = valuesOf(learner);
      learner.grow(2);
      const after = valuesOf(learner);
      expect(after['shift0/bias']!.slice(0, 2)).toEqual(before['shift0/bias']);
      expect(after['shift0/bias']).toHaveLength(4);
      await learner.learn(tasks[1]!, HOW);
      expect(learner.model.parameters['shift1/bias']!.shape).toEqual([4]);
    });
  });

  it('has nothing of a task whose beginning failed', async () => {
    const failing = {
      ...shifting(),
      beforeTask: (ctx: { task: Task }, state: unknown) => {
        if (ctx.task.index === 1) throw new Error('not now');
        return state;
      },
    };
    await withLearner({ ...options(), strategy: failing as never }, async (learner) => {
      await learner.learn(tasks[0]!, HOW);
      const hash = await learner.parameterHash();
      await expect(learner.learn(tasks[1]!, HOW)).rejects.toThrow('not now');
      expect([names(learner), await learner.parameterHash(), learner.progress.current]).toEqual([['shift0/bias'], hash, null]);
      await learner.learn(tasks[2]!, HOW);
      expect(names(learner)).toEqual(['shift0/bias', 'shift2/bias']);
    });
  });
});

type Files = { readonly [name: string]: Uint8Array };

const tensorsIn = (files: Files): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(decodeSafetensors(files['tensors.safetensors']!, 'test').tensors).map(([name, { bytes }]) => [
      name,
      [...new Float32Array(bytes.slice().buffer)],
    ]),
  );

const slotOf = (tensors: Record<string, number[]>, parameter: string) =>
  Object.entries(tensors).find(([name]) => name.startsWith('slots/') && name.endsWith(parameter))?.[1];
const stateOf = (tensors: Record<string, number[]>, path: string) =>
  Object.entries(tensors).find(([name]) => name.startsWith('states/') && name.endsWith(path))?.[1];
