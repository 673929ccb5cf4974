import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adam, defineStrategy, Learner, type LearnerOptions, memoryStore, type Scenario, sgd } from '../../src/index.js';
import { tinyMlp, tinyStream } from '../../src/testing/index.js';
import { expectClose, HOW, numbers, onCpu, optionsOf, refusal, refused, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;
const all = { competing: 'all' } as const;

/** What is left of the parameters of the outputs 2 and 3, of four. */
const ofTheSecond = (values: Record<string, number[]>) => values['head/kernel']!.filter((_, i) => i % 4 >= 2);

/** After both tasks. */
const learned = (options: Partial<LearnerOptions>) =>
  withLearner(options, async (learner) => {
    for (const task of tasks) await learner.learn(task, HOW);
    return valuesOf(learner);
  });

describe("scenario 'class', all outputs competing", () => {
  it('pushes down what has not come yet; where those seen so far compete, it stays as it was drawn', async () => {
    const drawn = await withLearner({}, valuesOf);
    const afterFirst = (options: Partial<LearnerOptions>) =>
      withLearner(options, async (learner) => {
        await learner.learn(first, { ...HOW, epochs: 20 });
        const scores = tf.tidy(() => numbers(tf.mean(learner.predict(tf.zeros([1, 4])), 0)));
        return { values: valuesOf(learner), scores, evaluation: await learner.evaluate(first) };
      });
    const [seen, open] = [await afterFirst({}), await afterFirst(all)];
    expect(ofTheSecond(seen.values)).toEqual(ofTheSecond(drawn));
    expect(ofTheSecond(open.values)).not.toEqual(ofTheSecond(drawn));
    // Of outputs seen so far the others are left out of predictions too; of all, they have lost.
    expect(Math.max(...seen.scores.slice(2))).toBeLessThan(-1e6);
    expect(Math.min(...open.scores.slice(2))).toBeGreaterThan(-1e3);
    expect(Math.max(...open.scores.slice(2))).toBeLessThan(Math.max(...open.scores.slice(0, 2)));
    expect(open.evaluation.accuracy).toBeGreaterThan(0.8);
  });

  it('takes the first step by hand: the gradient of the softmax over all outputs, at zero parameters p − y with p = ¼', async () => {
    const zeros = () => {
      const { parameters } = tinyMlp();
      return Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, tf.zeros([...shape])]));
    };
    const biases = async (competing: 'seen' | 'all') => {
      const parameters = zeros();
      const options = { competing, parameters, optimizer: sgd(1), model: tinyMlp() };
      const bias = await withLearner(options, async (learner) => {
        await learner.learn(first, { iterations: 1, batchSize: first.train.length });
        return valuesOf(learner)['head/bias']!;
      });
      tf.dispose(parameters);
      return bias;
    };
    // As many rows of class 0 as of class 1: bias ← mean(y) − p.
    const [seen, open] = [await biases('seen'), await biases('all')];
    expectClose({ seen, open }, { seen: [0, 0, 0, 0], open: [0.25, 0.25, -0.25, -0.25] }, 6);
  });

  it("trains as scenario 'domain' does, where all outputs compete too", async () => {
    expect(await learned(all)).toEqual(await learned({ scenario: 'domain' }));
    expect(await learned({ competing: 'seen' })).toEqual(await learned({}));
    expect(await learned(all)).not.toEqual(await learned({}));
  });

  it('tells strategies so, and gives rows of their own no mask', async () => {
    const told: unknown[] = [];
    const listener = defineStrategy({
      name: 'listener',
      init: () => ({}),
      feed: (ctx) => {
        const rows = {
          count: 1,
          x: { values: new Float32Array(4), shape: [4] },
          y: { values: Int32Array.of(0), shape: [] },
          task: Int32Array.of(0),
        };
        told.push(ctx.batch(rows).competing);
        return null;
      },
      loss: (ctx, { batch }) => {
        told.push([ctx.competing, batch.competing]);
        return null;
      },
    });
    await withLearner({ strategy: listener, ...all }, (learner) => learner.learn(first, { iterations: 1 }));
    expect(told[0]).toBeNull();
    expect(told.at(-1)).toEqual([[0, 1, 2, 3], null]);
  });

  it('has a loss for a task that is still to come, and can be asked for less', async () => {
    await withLearner(all, async (learner) => {
      await learner.learn(first, HOW);
      expect((await learner.evaluate(second)).loss).toBeGreaterThan(0);
      expect(await learner.evaluate(second, { competing: 'seen' })).toEqual({ examples: 12, accuracy: 0 });
      const [own, open] = [await learner.evaluate(first, { competing: 'task' }), await learner.evaluate(first)];
      expect(own.loss).toBeLessThan(open.loss!);
      expect(open).toEqual(await learner.evaluate(first, all));
    });
  });

  it('learns labels that a task does not name, which would be refused where only its classes compete', async () => {
    const again = { ...first, train: second.train };
    await withLearner(all, (learner) => learner.learn(again, HOW));
    expect(await withLearner({}, (learner) => refusal(learner.learn(again, HOW)))).toMatch(/^CL_LABEL/);
  });

  it('lets outputs compete that are added later, old ones keeping their values', async () => {
    const wide = tinyStream({ scenario: 'class', tasks: 3 }).tasks;
    await withLearner({ ...all, optimizer: adam(0.01) }, async (learner) => {
      await learner.learn(wide[0]!, HOW);
      const before = valuesOf(learner);
      learner.grow(2);
      const after = valuesOf(learner);
      const columns = (values: number[], of: number, from: number, to: number) => values.filter((_, i) => i % of >= from && i % of < to);
      expect(columns(after['head/kernel']!, 6, 0, 4)).toEqual(before['head/kernel']);
      await learner.learn(wide[1]!, HOW);
      // The fifth and sixth are of a task to come, and are moved all the same.
      expect(columns(valuesOf(learner)['head/kernel']!, 6, 4, 6)).not.toEqual(columns(after['head/kernel']!, 6, 4, 6));
      await learner.learn(wide[2]!, HOW);
      expect((await learner.evaluate(wide[2]!)).loss).toBeGreaterThan(0);
    });
  });

  it('goes on from a checkpoint with the same choice only', async () => {
    const store = memoryStore();
    await withLearner(all, async (learner) => {
      await learner.learn(first, HOW);
      await learner.save(store);
    });
    const learner = await Learner.restore(store, optionsOf(all));
    await learner.learn(second, HOW);
    expect(valuesOf(learner)).toEqual(await learned(all));
    learner.dispose();
    expect(await refusal(Learner.restore(store, optionsOf()))).toMatch(
      /^CL_CHECKPOINT .*: saved with competing "all", this learner has "seen"\. Restore with what the learner was made with\.$/,
    );
  });

  it('is a choice of that scenario alone, between two', async () => {
    const made = (options: object) => refused(() => new Learner(optionsOf(options as Partial<LearnerOptions>)));
    for (const scenario of ['task', 'domain', 'free'] satisfies Scenario[]) {
      expect(await made({ scenario, ...all })).toBe(
        `CL_OPTION Learner({ competing: 'all' }): only in scenario 'class' is there a choice; the scenario here is '${scenario}'. Leave it out.`,
      );
    }
    expect(await made({ competing: 'task' })).toMatch(/^CL_OPTION Learner\(\{ competing: 'task' \}\)/);
  });
});
