import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adam, defineStrategy, dot, Learner, map, memoryStore, momentum, sgd } from '../../src/index.js';
import { tinyMlp, tinyStream } from '../../src/testing/index.js';
import { HOW, onCpu, optionsOf, refusal, refused, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;
const small = () => tinyMlp({ outputs: 2 });

describe('growing', () => {
  it('leaves old columns as they are and draws the new ones as a larger model would have', async () => {
    await withLearner({ model: small() }, async (learner) => {
      await learner.learn(first, HOW);
      const before = valuesOf(learner);
      learner.grow(2);
      const after = valuesOf(learner);
      expect(learner.model.outputs).toBe(4);
      expect(after['dense0/kernel']).toEqual(before['dense0/kernel']);
      const columns = (from: number, to: number) => after['head/kernel']!.filter((_, i) => i % 4 >= from && i % 4 < to);
      expect(columns(0, 2)).toEqual(before['head/kernel']);
      const fresh = await withLearner({}, valuesOf);
      expect(columns(2, 4)).toEqual(fresh['head/kernel']!.filter((_, i) => i % 4 >= 2));
      await learner.learn(second, HOW);
      expect(learner.progress.learned.length).toBe(2);
    });
  });

  it('keeps the averages of the optimizer, with zeros for what is new: as if they had been copied by hand', async () => {
    // By hand: momentum v ← μ v + g, θ ← θ − η v, from velocities that the first task left. The trunk's velocity shows whether it was kept.
    const velocity = async (slots: 'keep' | 'reset') =>
      withLearner({ model: small(), slots, optimizer: momentum({ learningRate: 0.05, momentum: 0.9 }) }, async (learner) => {
        await learner.learn(first, HOW);
        const store = memoryStore();
        await learner.save(store, 'before');
        learner.grow(2);
        await learner.save(store, 'after');
        const [before, after] = await Promise.all(['before', 'after'].map(async (name) => slotsIn((await store.read(name)).files)));
        return { before: before!, after: after! };
      });
    const kept = await velocity('keep');
    expect(kept.after['dense0/kernel']).toEqual(kept.before['dense0/kernel']);
    expect(kept.after['head/kernel']!.filter((_, i) => i % 4 < 2)).toEqual(kept.before['head/kernel']);
    expect(kept.after['head/kernel']!.filter((_, i) => i % 4 >= 2).every((v) => v === 0)).toBe(true);
    const reset = await velocity('reset');
    expect(reset.after['head/kernel']!.every((v) => v === 0)).toBe(true);
    expect(reset.after['dense0/kernel']).toEqual(reset.before['dense0/kernel']);
  });

  it('trains on as a model of the final size would, whose new outputs had not competed', async () => {
    // In scenario 'task', outputs of the second task get no gradient in the first, so both runs are the same one.
    const how = { scenario: 'task', optimizer: adam(0.01) } as const;
    const grown = await withLearner({ ...how, model: small() }, async (learner) => {
      await learner.learn(first, HOW);
      learner.grow(2);
      await learner.learn(second, HOW);
      return valuesOf(learner);
    });
    const parameters = await withLearner({ ...how, model: small() }, (learner) => {
      learner.grow(2);
      return learner.parameters();
    });
    await withLearner({ ...how, parameters }, async (learner) => {
      tf.dispose(parameters);
      await learner.learn(first, HOW);
      await learner.learn(second, HOW);
      expect(valuesOf(learner)).toEqual(grown);
    });
  });

  it("widens a strategy's tensors that are named after a parameter, with zeros, and no others", async () => {
    const shapes: Record<string, number[]>[] = [];
    const keeper = defineStrategy({
      name: 'keeper',
      init: ({ parameters }) => ({
        anchor: map(tf.clone, parameters),
        nested: [{ copy: map(tf.onesLike, parameters) }],
        rows: tf.ones([3]),
      }),
      beforeTask: (ctx, state) => {
        shapes.push({
          anchor: state.anchor['head/kernel']!.shape,
          nested: state.nested[0]!.copy['head/bias']!.shape,
          rows: state.rows.shape,
        });
        if (ctx.past.length > 0) {
          expect([...state.nested[0]!.copy['head/bias']!.dataSync()]).toEqual([1, 1, 0, 0]);
          expect([...state.anchor['dense0/kernel']!.dataSync()].some((value) => value !== 0)).toBe(true);
        }
        return state;
      },
      loss: (ctx, _forward, { anchor }) => tf.mul(1e-3, dot(anchor, ctx.parameters)) as tf.Scalar,
    });
    await withLearner({ model: small(), strategy: keeper }, async (learner) => {
      await learner.learn(first, HOW);
      learner.grow(2);
      await learner.learn(second, HOW);
    });
    expect(shapes).toEqual([
      { anchor: [5, 2], nested: [2], rows: [3] },
      { anchor: [5, 4], nested: [4], rows: [3] },
    ]);
  });

  it('is possible before the first task, and more than once', async () => {
    const stream = tinyStream({ scenario: 'class', tasks: 3 });
    await withLearner({ model: tinyMlp({ outputs: 1 }) }, async (learner) => {
      learner.grow(1);
      for (const task of stream.tasks) {
        await learner.learn(task, HOW);
        if (learner.model.outputs < 6) learner.grow(2);
      }
      for (const task of stream.tasks) expect((await learner.evaluate(task)).examples).toBe(12);
    });
  });

  it('survives a checkpoint, which is restored with the model as it was', async () => {
    const store = memoryStore();
    const expected = await withLearner({ model: small(), optimizer: adam(0.01) }, async (learner) => {
      await learner.learn(first, HOW);
      learner.grow(2);
      await learner.save(store, 'grown');
      await learner.learn(second, HOW);
      return learner.parameterHash();
    });
    expect(await refusal(Learner.restore(store, optionsOf({ model: small(), optimizer: adam(0.01) })))).toMatch(
      /CL_CHECKPOINT .*written for a model with 'head\/kernel' \[5,4\], this model has \[5,2\]/,
    );
    const learner = await Learner.restore(store, optionsOf({ optimizer: adam(0.01) }));
    await learner.learn(second, HOW);
    expect(await learner.parameterHash()).toBe(expected);
    learner.dispose();
  });

  it('is refused where the model cannot, and in the middle of a task', async () => {
    const { grow: _grow, ...stiff } = small();
    await withLearner({ model: stiff }, async (learner) => {
      expect(await refused(() => learner.grow(2))).toBe("CL_MODEL grow(): 'tiny-mlp' cannot grow: it has no grow().");
    });
    await withLearner({ model: small(), optimizer: sgd(0.1) }, async (learner) => {
      const onStep = async () => expect(await refused(() => learner.grow(2))).toMatch(/^CL_MODEL grow\(\): task 0 is in training/);
      await learner.learn(first, { ...HOW, onStep });
    });
  });
});

/** The velocities in a checkpoint, by parameter. */
async function slotsIn(files: { readonly [name: string]: Uint8Array }): Promise<Record<string, number[]>> {
  const { decodeSafetensors } = await import('../../src/index.js');
  const { tensors } = decodeSafetensors(files['tensors.safetensors']!, 'slots');
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith('slots/velocity/'));
  return Object.fromEntries(
    entries.map(([name, { bytes }]) => [name.slice('slots/velocity/'.length), [...new Float32Array(bytes.slice().buffer)]]),
  );
}
