import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Batch, compose, defineStrategy, type Objective, type Seen, sgd } from '../../src/index.js';
import { rowLosses } from '../../src/objective/objective.js';
import { numbers, onCpu, tasks, withLearner } from './support.js';

onCpu();

/** Reports the loss of each row after the step, and the rows' numbers in the batch. */
const reporter = <Name extends string>(name: Name, seen: Seen[]) =>
  defineStrategy({
    name,
    init: () => ({}),
    report: (ctx, batch) => ({
      losses: ctx.rowLosses(ctx.forward(batch.x), batch),
      places: tf.tensor2d(
        Array.from({ length: batch.weight.shape[0] }, (_, row) => [row, row]),
        undefined,
        'int32',
      ),
    }),
    observe: (_ctx, what) => void seen.push(what),
  });

describe('what a strategy reports of the rows of a step', () => {
  it('reaches its own observe as numbers, from the parameters after the step and without padding', async () => {
    const [seen, others]: [Seen[], Seen[]] = [[], []];
    const silent = defineStrategy({ name: 'silent', init: () => ({}), observe: (_ctx, what) => void others.push(what) });
    const after: number[][] = [];
    await withLearner({ strategy: compose(reporter('one', seen), silent, reporter('two', [])) }, async (learner) => {
      const [task] = tasks;
      const onStep = () => {
        const { rows } = seen.at(-1)!;
        const { values, shape } = rows.x as { values: Float32Array; shape: number[] };
        after.push(
          tf.tidy(() => {
            const { outputs } = learner.model.apply(learner.parameters(), tf.tensor(values, [rows.count, ...shape]));
            const competing = tf.tensor1d([0, 0, -1e9, -1e9]);
            const labels = tf.oneHot(tf.tensor1d(rows.y.values as Int32Array, 'int32'), 4);
            return numbers(tf.neg(tf.sum(tf.mul(tf.logSoftmax(tf.add(outputs, competing)), tf.cast(labels, 'float32')), 1)));
          }),
        );
      };
      await learner.learn(task, { epochs: 1, batchSize: 8, onStep });
    });
    expect(seen.map(({ report }) => report.losses!.values.length)).toEqual([8, 8, 4]);
    seen.forEach(({ report }, step) => {
      expect(report.losses!.shape).toEqual([]);
      report.losses!.values.forEach((loss, row) => {
        expect(loss).toBeCloseTo(after[step]![row]!, 5);
      });
    });
    expect(seen[2]!.report.places).toEqual({ values: Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3), shape: [2] });
    expect(others.map(({ report }) => report)).toEqual([{}, {}, {}]);
  });

  it('does not change the step', async () => {
    const trained = async (strategy: ReturnType<typeof compose>) =>
      withLearner({ strategy: strategy as never }, async (learner) => {
        await learner.learn(tasks[0], { epochs: 1, batchSize: 8 });
        return learner.parameterHash();
      });
    expect(await trained(compose(reporter('one', [])) as never)).toBe(await trained(compose() as never));
  });
});

it('the learning rate of a step is known in it, and nowhere else', async () => {
  const [inStep, outside]: [number[], unknown[]] = [[], []];
  const clerk = defineStrategy({
    name: 'clerk',
    init: () => ({}),
    beforeTask(ctx, state) {
      outside.push(ctx.learningRate);
      return state;
    },
    updates(ctx, updates) {
      inStep.push(ctx.learningRate!.dataSync()[0]!);
      return updates;
    },
  });
  const optimizer = sgd({ learningRate: (step) => 0.5 / 2 ** step });
  await withLearner({ strategy: clerk, optimizer }, (learner) => learner.learn(tasks[0], { epochs: 1, batchSize: 8 }));
  expect(inStep).toEqual([0.5, 0.25, 0.125]);
  expect(outside).toEqual([null]);
});

it('the loss of a row with several predictions is their weighted mean', () => {
  tf.tidy(() => {
    const objective = {
      terms: (outputs: tf.Tensor) => ({
        losses: outputs,
        weights: tf.tensor2d([
          [1, 1, 0],
          [2, 0, 0],
          [0, 0, 0],
        ]),
      }),
    } as unknown as Objective;
    expect(
      numbers(
        rowLosses(
          objective,
          tf.tensor2d([
            [1, 3, 9],
            [5, 9, 9],
            [9, 9, 9],
          ]),
          {} as Batch,
        ),
      ),
    ).toEqual([2, 5, 0]);
    return [];
  });
});
