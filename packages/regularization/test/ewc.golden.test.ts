import {
  type Batch,
  type BoundaryContext,
  competingLogits,
  type GraphContext,
  Learner,
  type Model,
  sgd,
  valueAndGradients,
} from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import {
  type Arch,
  type GoldenTask,
  goldenModel,
  goldenParameters,
  goldenRun,
  goldenScenario,
  goldenTask,
  goldenTasks,
  joined,
  runTasks,
  type Weights,
} from '../../../testing/golden-net.js';
import { type Place, places, useCpu } from '../../../testing/places.js';
import { mapNested, plain, watched } from '../../../testing/watched.js';
import { ewc, type Fisher } from '../src/index.js';
import { type ConvArch, convModel } from './conv-model.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface FisherGiven extends GoldenTask {
  readonly arch: Arch | ConvArch;
  readonly weights: Weights;
  readonly activeClasses?: readonly number[] | null;
  readonly sampledLabels?: readonly number[];
  readonly batchSizeOfBatched: number;
}

describe.each(where)('Fisher information, $name', (place) => {
  beforeAll(place.use);
  const files = goldenFiles<FisherGiven, { fisherDiagonal: Partial<Record<Fisher, Weights>> }>('ewc', folder, 'fisher-');
  const cases = files.flatMap((golden) =>
    (Object.keys(golden.expected.fisherDiagonal) as Fisher[])
      // Compiling takes longer than the rest of the test; one estimator goes through all that the others do.
      .filter((fisher) => place.name === 'eager' || fisher === 'exact')
      .map((fisher) => ({ ...golden, fisher })),
  );

  it.each(cases)('$fisher: $file', async ({ given, expected, tolerance, fisher }) => {
    const measured = await fisherAfterTask(given, fisher, place);
    expectClose(measured, joined(expected.fisherDiagonal[fisher]!), tolerance);
  });
});

/** What EWC measures after a task in which nothing moved. */
async function fisherAfterTask(given: FisherGiven, fisher: Fisher, { compiler }: Place): Promise<unknown> {
  const { arch, x, activeClasses } = given;
  const model: Model = 'input' in arch ? convModel(arch) : goldenModel(arch);
  const classes = activeClasses ?? Array.from({ length: model.outputs }, (_, c) => c);
  const labels = given.sampledLabels?.map((position) => classes[position]!);
  const { strategy, sights } = watched(fisher === 'sample' ? drawing(labels!) : ewc({ lambda: 1, fisher }));
  const parameters = goldenParameters(given.weights);
  const options = { model, parameters, strategy, compiler, optimizer: sgd(0), scenario: activeClasses ? 'task' : 'domain' } as const;
  const learner = new Learner(options);
  // One batch where labels are given; else the last batch is not full, so that padding is seen not to count.
  const batchSize = fisher === 'batched' ? given.batchSizeOfBatched : fisher === 'sample' ? x.length : 4;
  await learner.learn(goldenTask(0, classes, given), { batchSize });
  learner.dispose();
  tf.dispose(parameters);
  return sights.at(-1)!.state.penalty.precision;
}

/** EWC whose uniform draws fall in the middle of the given labels' share of [0, 1). */
function drawing(labels: readonly number[]) {
  const own = ewc({ lambda: 1, fisher: 'sample' });
  const scan = own.scan!;
  const middle = (ctx: GraphContext, batch: Batch): tf.Tensor => {
    const probabilities = tf.softmax(competingLogits(ctx.forward(batch.x), batch));
    const chosen = tf.oneHot(tf.tensor1d([...labels], 'int32'), probabilities.shape[1]!);
    const ofLabel = (values: tf.Tensor) => tf.sum(tf.mul(values, chosen), 1, true);
    return tf.sub(ofLabel(tf.cumsum(probabilities, 1)), tf.div(ofLabel(probabilities), 2));
  };
  const add: typeof scan.add = (ctx, sum, batch, state) => scan.add({ ...ctx, uniform: () => middle(ctx, batch) }, sum, batch, state);
  return { ...own, scan: { ...scan, add } };
}

interface PenaltyGiven {
  readonly weights: Weights;
  readonly mode: 'separate' | 'online';
  readonly gamma: number | null;
  readonly lambda: number;
  readonly fisherOfTask: readonly Weights[];
  readonly weightsAtEndOfTask: readonly Weights[];
}

interface PenaltyExpected {
  readonly penaltyTimesLambda: number;
  readonly gradientOfPenaltyTimesLambda: Weights;
  readonly runningFisher?: Weights;
}

describe('penalty of several tasks', () => {
  beforeAll(useCpu);

  it.each(goldenFiles<PenaltyGiven, PenaltyExpected>('ewc', folder, 'penalty-'))('$file', ({ given, expected, tolerance }) => {
    tf.tidy(() => {
      const { lambda, mode, gamma } = given;
      const strategy = ewc({ lambda, mode, gamma: gamma ?? 1 });
      const at = (weights: Weights) => ({ parameters: goldenParameters(weights) }) as BoundaryContext;
      const state = given.fisherOfTask.reduce(
        (kept, fisher, t) =>
          strategy.afterTask!(at(given.weightsAtEndOfTask[t]!), kept, { squares: goldenParameters(fisher), terms: tf.scalar(1) }),
        strategy.init({} as never),
      );
      const { loss, gradients } = valueAndGradients(
        (parameters) => ({ loss: strategy.loss!({ parameters } as GraphContext, {} as never, state, null)!, aux: null }),
        goldenParameters(given.weights),
      );
      expectClose(loss.arraySync(), expected.penaltyTimesLambda, tolerance, 'penalty');
      expectClose(plain(gradients), joined(expected.gradientOfPenaltyTimesLambda), tolerance, 'gradient');
      if (expected.runningFisher) expectClose(plain(state.penalty!.precision), joined(expected.runningFisher), tolerance, 'running Fisher');
    });
  });
});

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly lambda: number;
  readonly gamma: number | null;
  readonly mode: 'separate' | 'online';
  readonly fisher: Fisher;
}

interface RunExpected {
  readonly afterTask: readonly {
    readonly steps: readonly { readonly loss: number }[];
    readonly weights: Weights;
    readonly fisherOfTask?: Weights;
    readonly runningFisher?: Weights;
  }[];
}

describe.each(where)('three tasks, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<RunGiven, RunExpected>('ewc', folder, 'run3-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, lambda, mode, gamma, fisher, batchSize, epochs } = given;
    const { strategy, sights } = watched(ewc({ lambda, mode, gamma: gamma ?? 1, fisher }));
    const options = goldenRun(given, { strategy, compiler });
    const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

    expected.afterTask.forEach(({ steps, weights, fisherOfTask, runningFisher }, t) => {
      expectClose(
        runs[t]!.losses,
        steps.map(({ loss }) => loss),
        tolerance,
        `losses of task ${t}`,
      );
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
      const { summary, state } = sights[t]!;
      if (runningFisher) expectClose(state.penalty.precision, joined(runningFisher), tolerance, `running Fisher after task ${t}`);
      if (fisherOfTask) {
        const own = mapNested((square) => square / summary.terms, summary.squares);
        expectClose(own, joined(fisherOfTask), tolerance, `Fisher of task ${t}`);
      }
    });
  });
});

interface MammothGiven extends Omit<RunGiven, 'lambda' | 'mode' | 'fisher' | 'gamma'> {
  readonly e_lambda: number;
  readonly gamma: number;
}

interface MammothExpected {
  readonly afterTask: readonly { readonly weights: Weights; readonly runningFisher: Weights }[];
}

describe.each(where)("Mammoth's online EWC, $name", ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<MammothGiven, MammothExpected>('ewc-online-mammoth', folder, 'run-'))(
    '$file',
    async ({ given, expected, tolerance }) => {
      const { arch, e_lambda, gamma, batchSize, epochs } = given;
      // Its penalty has no 1/2, and γ only where importance is accumulated.
      const { strategy, sights } = watched(ewc({ lambda: (2 * e_lambda) / gamma, gamma, mode: 'online', fisher: 'weighted' }));
      const options = {
        arch,
        weights: given.initialWeights,
        strategy,
        compiler,
        optimizer: sgd(given.learningRate),
        scenario: goldenScenario(arch),
      };
      const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

      expected.afterTask.forEach(({ weights, runningFisher }, t) => {
        expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
        expectClose(sights[t]!.state.penalty.precision, joined(runningFisher), tolerance, `running Fisher after task ${t}`);
      });
    },
  );
});
