import { column, dataset, type GraphContext, Learner, type Model, sgd, type Task, valueAndGradients } from '@cl/core';
import { strategyContract, tinyMlp } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter } from '../../../testing/toy.js';
import { tidied, watched } from '../../../testing/watched.js';
import { dmc } from '../src/index.js';

const unlabelled = (rows: number, inputs: number) =>
  dataset(
    column(
      Float32Array.from({ length: rows * inputs }, (_, i) => Math.sin(i * i)),
      [inputs],
    ),
    column(new Int32Array(rows), []),
  );

strategyContract({
  create: (options) => dmc({ ...options }),
  scenarios: ['class', 'task'],
  badOptions: [
    { consolidation: 0 },
    { consolidation: 1 },
    { consolidation: '1' },
    { auxiliary: 3 },
    { auxiliary: null },
    { auxiliary: 'images' },
  ],
  goodOptions: [{ consolidation: 0.8 }, { auxiliary: unlabelled(30, 4) }, { auxiliary: unlabelled(3, 4) }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class' });
const optimizer = sgd(0.1);
type Hooks = ReturnType<typeof dmc>;

const task = (index: number, ...classes: number[]): Task => ({ index, name: `task ${index + 1}`, classes });

/** The term and its gradient by the student's logits, with what each network says. */
function termOf(said: { now: number[][]; old: number[][]; fresh: number[][] }, weight: number[]) {
  return tidied(() => {
    const ctx = {
      past: [task(0, 0, 1)],
      task: task(1, 2, 3),
      model: { outputs: 5 },
      forward: (_x: unknown, parameters: object, options: { training: boolean }) => {
        expect(options.training).toBe(false);
        return tf.tensor2d('isOld' in parameters ? said.old : said.fresh);
      },
    } as unknown as GraphContext;
    const { loss, gradients } = valueAndGradients(
      ({ outputs }) => {
        const forward = { batch: { x: null, weight: tf.tensor1d(weight) }, outputs };
        const state = { old: { isOld: tf.scalar(0) }, fresh: {} };
        return { loss: dmc().loss!(ctx, forward as unknown as Parameters<NonNullable<Hooks['loss']>>[1], state, null)!, aux: null };
      },
      { outputs: tf.tensor2d(said.now) },
    );
    return { value: loss.arraySync(), gradient: gradients.outputs!.arraySync() as number[][] };
  });
}

describe('the term', () => {
  // Less their means, 2 and 4 over the old classes are −1 and 1, and 5 and 1 over the new ones 2 and −2; nobody asks for the fifth.
  const said = {
    now: [
      [0, 0, 0, 0, 9],
      [8, 8, 8, 8, 8],
    ],
    old: [
      [2, 4, 70, 80, 90],
      [0, 0, 0, 0, 0],
    ],
    fresh: [
      [60, 50, 5, 1, 40],
      [0, 0, 0, 0, 0],
    ],
  };

  it("is the mean squared distance to each network's own logits, centred", () => {
    const { value, gradient } = termOf(said, [1, 0]);
    // (1 + 1 + 4 + 4) / 4; slopes 2 (z − ẑ) / 4.
    expect(value).toBeCloseTo(2.5, 6);
    expectClose(gradient, [
      [0.5, -0.5, -1, 1, 0],
      [0, 0, 0, 0, 0],
    ]);
  });

  it('is 0 where both are agreed with, whatever is added to all logits of one of them', () => {
    const agreed = { ...said, now: [[-1, 1, 2, -2, 9], said.now[1]!], old: [[102, 104, 0, 0, 0], said.old[1]!] };
    expect(termOf(agreed, [1, 0]).value).toBeCloseTo(0, 6);
  });
});

describe('in training', () => {
  it('the first task is fine-tuning, bit for bit', async () => {
    expect(await hashAfter({ stream, optimizer, tasks: 1, strategy: dmc() })).toBe(await hashAfter({ stream, optimizer, tasks: 1 }));
  });

  it('the new network learns its own classes as if there were no others; consolidation has no labels', () => {
    const { batch } = dmc();
    const rows = (y: number[], competing: number[][] | null) =>
      ({ y: tf.tensor1d(y, 'int32'), weight: tf.ones([y.length]), competing: competing && tf.tensor2d(competing) }) as never;
    const ctx = { task: task(1, 2, 3), model: { outputs: 5 } } as unknown as GraphContext;
    const seen = [1, 1, 1, 1, 0];
    const competingIn = (state: object, competing: number[][] | null) =>
      tidied(() => (batch!(ctx, rows([2, 0], competing), state as never, null).competing?.arraySync() ?? null) as number[][] | null);
    // The second row is of an old class: some memory brought it.
    expect(competingIn({ old: {}, fresh: null }, [seen, seen])).toEqual([[0, 0, 1, 1, 0], seen]);
    expect(competingIn({ old: {}, fresh: null }, null)).toEqual([
      [0, 0, 1, 1, 0],
      [1, 1, 1, 1, 1],
    ]);
    // Nothing competes with the label, so that its loss is 0 whatever the outputs are.
    expect(competingIn({ old: {}, fresh: {} }, [seen, seen])).toEqual([[0, 0, 1, 0, 0], seen]);
    expect(competingIn({ old: null, fresh: null }, [seen, seen])).toEqual([seen, seen]);
  });

  it('goes to where labels do not lead: with wrong ones in its last half, a task ends the same', async () => {
    const [first, second] = stream.tasks;
    const end = async (wrong: boolean) => {
      const options = { model: tinyMlp({ inputs: 6, outputs: stream.outputs }), optimizer, scenario: stream.scenario, seed: 1 } as const;
      const learner = new Learner({ ...options, strategy: dmc() });
      await learner.learn(first!, { epochs: 1, batchSize: 8 });
      const { train } = second!;
      const flipped = column(new Int32Array(train.length).fill(second!.classes[0]!), []);
      let consolidating = false;
      const y: typeof train.y = { ...train.y, gather: (...where) => (wrong && consolidating ? flipped : train.y).gather(...where) };
      const onStep = ({ iteration }: { iteration: number }) => {
        consolidating = iteration >= 3;
      };
      await learner.learn({ ...second!, train: { ...train, y } }, { iterations: 6, batchSize: 8, onStep });
      const hash = await learner.parameterHash();
      learner.dispose();
      return hash;
    };
    expect(await end(true)).toBe(await end(false));
  });

  it('sees auxiliary inputs where it has them', async () => {
    const auxiliary = unlabelled(40, 6);
    expect(await hashAfter({ stream, optimizer, tasks: 2, strategy: dmc({ auxiliary }) })).not.toBe(
      await hashAfter({ stream, optimizer, tasks: 2, strategy: dmc() }),
    );
  });

  it('keeps the parameters of the last task and, while it consolidates, those of the new network', async () => {
    const { strategy, sights } = watched(dmc());
    await hashAfter({ stream, optimizer, strategy });
    const [ended, begun] = [
      sights.filter(({ hook }) => hook === 'afterTask'),
      sights.filter(({ stage, hook }) => hook === 'beforeStage' && stage === 'consolidation'),
    ];
    expect(ended).toHaveLength(3);
    for (const { state, parameters } of ended) expect(state).toEqual({ old: parameters, fresh: null });
    expect(begun.map(({ state }) => state.fresh)).toEqual([null, begun[1]!.parameters, begun[2]!.parameters]);
  });

  it('refuses a data set without rows', () => {
    expect(() => dmc({ auxiliary: unlabelled(0, 4) })).toThrow('expected a data set with at least one row');
  });

  it('refuses inputs that the model does not take when the learner is made, not in the middle of the second task', () => {
    const made = (model: Model) => new Learner({ model, optimizer, scenario: 'class', strategy: dmc({ auxiliary: unlabelled(5, 3) }) });
    expect(() => made(tinyMlp({ inputs: 6 }))).toThrow(/must have shape \[6\] a row, received \[3\]/);
    const named: Model = { ...tinyMlp({ inputs: 3 }), inputs: { left: [3], right: [3] } };
    expect(() => made(named)).toThrow(/input 'left' of '.*' must have shape \[3\] a row, received none/);
  });

  it('is refused where both networks would speak of the same outputs', () => {
    const made = () => new Learner({ model: tinyMlp(), optimizer, scenario: 'domain', strategy: dmc() });
    expect(made).toThrow(/'dmc' puts outputs of two networks side by side/);
  });
});
