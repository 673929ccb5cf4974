import { type Batch, competingLogits, type GraphContext, momentum } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import {
  type Arch,
  type GoldenTask,
  goldenRun,
  goldenScenario,
  goldenTasks,
  joined,
  runTasks,
  type Weights,
} from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { type Nested, taken, watched } from '../../../testing/watched.js';
import { ncl } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

type Rows = readonly (readonly number[])[];
type Factors = Readonly<Record<string, { readonly L: Rows; readonly R: Rows }>>;

/** Layers by the names of our model: the one head of golden files is 'head0'. */
const ours = <T>(layers: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(layers).map(([name, value]) => [name === 'head0' ? 'head' : name, value]));

/** Matrices with the bias as last row, as the parameters of our model. */
const split = (matrices: Readonly<Record<string, Rows>>): Weights =>
  joined(
    Object.fromEntries(
      Object.entries(matrices).flatMap(([name, rows]): [string, Nested][] => [
        [`${name}/kernel`, rows.slice(0, -1)],
        [`${name}/bias`, rows.at(-1)!],
      ]),
    ),
  );

type Named = Readonly<Record<string, { readonly input: Rows; readonly output: Rows }>>;

/** Factors are compared after they were given the same scale. */
function expectFactors(actual: Named, expected: Factors, tolerance: { abs: number; rel: number }, place: string): void {
  for (const [name, { L, R }] of Object.entries(ours(expected))) {
    const { input, output } = actual[name]!;
    const trace = (rows: Rows) => rows.reduce((sum, row, i) => sum + row[i]!, 0);
    const scale = trace(L) / trace(input) || 1;
    const scaled = (rows: Rows, factor: number) => rows.map((row) => row.map((value) => value * factor));
    expectClose(scaled(input, scale), L, tolerance, `${place}, ${name}, L`);
    expectClose(scaled(output, 1 / scale), R, tolerance, `${place}, ${name}, R`);
  }
}

interface StepsGiven {
  readonly arch: Arch;
  readonly initialWeights: Readonly<Record<string, Rows>>;
  readonly tasks: readonly (GoldenTask & { readonly factors: Factors })[];
  readonly batchSize: number;
  readonly learningRate: number;
  readonly lambda: number;
  readonly dataSize: number;
  readonly alpha: number;
  readonly momentum: number;
}

interface StepsExpected {
  readonly afterTask: readonly {
    readonly steps: readonly { readonly weights: Readonly<Record<string, Rows>> }[];
    readonly fisherFactorsAllLabels: Factors;
  }[];
}

describe.each(where)("the authors' steps, $name", ({ use, compiler }) => {
  beforeAll(use);
  const files = goldenFiles<StepsGiven, StepsExpected>('ncl', folder, 'official-steps-');

  it.each(files)('$file', async ({ given, expected, tolerance }) => {
    const { arch, batchSize, learningRate, lambda, dataSize, alpha: damping } = given;
    const { strategy, sights } = watched(ncl({ lambda, dataSize, damping, fisher: 'exact' }));
    const steps: Weights[] = [];
    await runTasks(
      {
        arch,
        weights: split(given.initialWeights),
        strategy,
        compiler,
        optimizer: momentum({ learningRate, momentum: given.momentum }),
        scenario: goldenScenario(arch),
        slots: 'keep',
      },
      goldenTasks(arch, given.tasks),
      () => ({ batchSize, epochs: 1 }),
      { step: (learner) => steps.push(taken(learner.parameters())) },
    );
    const wanted = expected.afterTask.flatMap((task) => task.steps.map(({ weights }) => split(weights)));
    // Their sum stops before it has converged, which is seen in all that comes after the first task.
    const loose = { abs: 2e-4, rel: 2e-4 };
    const first = expected.afterTask[0]!.steps.length;
    for (const [i, weights] of wanted.entries()) expectClose(steps[i], weights, i < first ? tolerance : loose, `step ${i}`);

    const after = sights.filter(({ hook }) => hook === 'afterTask');
    const before = sights.filter(({ hook }) => hook === 'beforeTask');
    expected.afterTask.forEach(({ fisherFactorsAllLabels }, t) => {
      const { factors, rows } = after[t]!.summary;
      expectFactors(
        before[t]!.state.belief.precision,
        given.tasks[t]!.factors,
        t === 0 ? tolerance : { abs: 5e-4, rel: 1e-3 },
        `task ${t}`,
      );
      for (const [name, { L, R }] of Object.entries(ours(fisherFactorsAllLabels))) {
        const mean = (sums: Rows) => sums.map((row) => row.map((sum) => sum / rows));
        expectClose(mean(factors[name].input), L, t === 0 ? tolerance : loose, `Fisher of task ${t}, ${name}, L`);
        expectClose(mean(factors[name].output), R, t === 0 ? tolerance : loose, `Fisher of task ${t}, ${name}, R`);
      }
    });
  });

  it.each(files)('$file, with the factors that they stopped at', async ({ given, expected, tolerance }) => {
    const { arch, batchSize, learningRate, lambda, dataSize, alpha: damping } = given;
    const own = ncl({ lambda, dataSize, damping, fisher: 'exact' });
    const beforeTask: typeof own.beforeTask = (ctx, state) => {
      const entries = Object.entries(ours(given.tasks[ctx.task.index]!.factors));
      const precision = Object.fromEntries(entries.map(([name, { L, R }]) => [name, { input: tensor(L), output: tensor(R) }]));
      return own.beforeTask!(ctx, { ...state, belief: { precision, mean: state.belief?.mean ?? zeros(ctx) } });
    };
    const steps: Weights[] = [];
    await runTasks(
      {
        arch,
        weights: split(given.initialWeights),
        strategy: { ...own, beforeTask },
        compiler,
        optimizer: momentum({ learningRate, momentum: given.momentum }),
        scenario: goldenScenario(arch),
        slots: 'keep',
      },
      goldenTasks(arch, given.tasks),
      () => ({ batchSize, epochs: 1 }),
      { step: (learner) => steps.push(taken(learner.parameters())) },
    );
    const wanted = expected.afterTask.flatMap((task) => task.steps.map(({ weights }) => split(weights)));
    expect(steps).toHaveLength(wanted.length);
    for (const [i, weights] of wanted.entries()) expectClose(steps[i], weights, tolerance, `step ${i}`);
  });
});

const tensor = (rows: Rows): tf.Tensor2D => tf.tensor2d(rows.map((row) => [...row]));
const zeros = ({ parameters }: GraphContext) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, tf.zerosLike(value)]));

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly (GoldenTask & { readonly sampledLabels?: readonly number[] })[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly lambda: number;
  readonly dataSize: number;
  readonly alpha: number;
  readonly fisherLabels: 'all' | 'sample';
}

interface RunExpected {
  readonly afterTask: readonly {
    readonly steps: readonly { readonly loss: number }[];
    readonly weights: Weights;
    readonly factorsAfterTask: Factors;
  }[];
}

describe.each(where)('as van de Ven runs it, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<RunGiven, RunExpected>('ncl', folder, 'run3-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, batchSize, epochs, lambda, dataSize, alpha: damping, fisherLabels } = given;
    const fisher = fisherLabels === 'all' ? 'exact' : 'sample';
    const own = ncl({ lambda, dataSize, damping, sum: 'additive', fisher });
    const labels = given.tasks.map(({ sampledLabels = [] }) => sampledLabels);
    const { strategy, sights } = watched(fisher === 'sample' ? drawing(own, labels) : own);
    const options = goldenRun(given, { strategy, compiler });
    const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

    const after = sights.filter(({ hook }) => hook === 'afterTask');
    expected.afterTask.forEach(({ steps, weights, factorsAfterTask }, t) => {
      expectClose(
        runs[t]!.losses,
        steps.map(({ loss }) => loss),
        tolerance,
        `losses of task ${t}`,
      );
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
      expectFactors(after[t]!.state.belief.precision, factorsAfterTask, { abs: 2e-5, rel: 2e-5 }, `after task ${t}`);
    });
  });
});

/** NCL whose uniform draws, in the scan of a task, fall in the middle of the given labels' share of [0, 1). */
function drawing(own: ReturnType<typeof ncl>, labels: readonly (readonly number[])[]) {
  const scan = own.scan!;
  const add: typeof scan.add = (ctx, sum, batch, state) => {
    const middle = (): tf.Tensor => {
      const probabilities = tf.softmax(competingLogits(ctx.forward(batch.x), batch));
      const drawn = rowsOf(ctx, sum.rows, batch, labels);
      const chosen = tf.oneHot(drawn, probabilities.shape[1]!);
      const ofLabel = (values: tf.Tensor) => tf.sum(tf.mul(values, chosen), 1, true);
      return tf.sub(ofLabel(tf.cumsum(probabilities, 1)), tf.div(ofLabel(probabilities), 2));
    };
    return scan.add({ ...ctx, uniform: middle }, sum, batch, state);
  };
  return { ...own, scan: { ...scan, add } };
}

/** The labels of the rows that follow the `seen` ones. */
function rowsOf(ctx: GraphContext, seen: tf.Scalar, { weight }: Batch, labels: readonly (readonly number[])[]): tf.Tensor1D {
  const own = labels[ctx.task.index]!;
  const places = tf.add(tf.range(0, weight.shape[0]), seen);
  const all = tf.oneHot(tf.cast(tf.minimum(places, own.length - 1), 'int32'), own.length);
  return tf.cast(tf.sum(tf.mul(all, tf.tensor1d([...own])), 1), 'int32') as tf.Tensor1D;
}
