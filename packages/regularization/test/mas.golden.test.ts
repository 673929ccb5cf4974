import { Learner, sgd } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import {
  type Arch,
  type GoldenTask,
  goldenModel,
  goldenParameters,
  goldenRun,
  goldenTask,
  goldenTasks,
  joined,
  runTasks,
  type Weights,
} from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { type Nested, watched } from '../../../testing/watched.js';
import { type MasOptions, mas } from '../src/index.js';
import { type ConvArch, convModel } from './conv-model.js';

interface ImportanceGiven {
  readonly arch: Arch | ConvArch;
  readonly weights: Weights;
  readonly x: readonly Nested[];
  readonly batchSize?: number;
}

interface ImportanceExpected {
  readonly importanceBatch1: Weights;
  readonly importanceBatched?: Weights;
}

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly lambda: number;
}

interface RunExpected {
  readonly afterTask: readonly {
    readonly crossEntropyPerStep: readonly number[];
    readonly weights: Weights;
    readonly accumulatedImportance: Weights;
  }[];
}

const folder = new URL('../golden/', import.meta.url);

describe.each(await places())('$name', ({ use, compiler }) => {
  beforeAll(use);

  /** What MAS measures after a task in which nothing moved. */
  async function importanceOf({ arch, weights, x }: ImportanceGiven, options: MasOptions, batchSize: number): Promise<unknown> {
    const model = 'input' in arch ? convModel(arch) : goldenModel(arch);
    const { strategy, sights } = watched(mas(options));
    const parameters = goldenParameters(weights);
    const learner = new Learner({ model, parameters, strategy, compiler, optimizer: sgd(0), scenario: 'domain' });
    await learner.learn(goldenTask(0, [0], { x, y: x.map(() => 0) }), { batchSize });
    learner.dispose();
    tf.dispose(parameters);
    return sights.at(-1)!.state.importance;
  }

  const importances = goldenFiles<ImportanceGiven, ImportanceExpected>('mas', folder, 'importance-');

  it.each(importances)('importance from single examples: $file', async ({ given, expected, tolerance }) => {
    // The last batch is not full, so that padding is seen not to count.
    expectClose(await importanceOf(given, {}, 4), joined(expected.importanceBatch1), tolerance);
  });

  it.each(importances.filter(({ expected }) => expected.importanceBatched))(
    "importance from batches, as in the authors' code: $file",
    async ({ given, expected, tolerance }) => {
      expectClose(await importanceOf(given, { per: 'batch' }, given.batchSize!), joined(expected.importanceBatched!), tolerance);
    },
  );

  it.each(goldenFiles<RunGiven, RunExpected>('mas', folder, 'run-'))('a run: $file', async ({ given, expected, tolerance }) => {
    const { arch, batchSize, epochs, lambda } = given;
    const { strategy, sights } = watched(mas({ lambda }));
    const options = goldenRun(given, { strategy, compiler });
    const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

    // Before the first penalty, the loss is the cross-entropy.
    expectClose(runs[0]!.losses, expected.afterTask[0]!.crossEntropyPerStep, tolerance, 'losses of task 0');
    expected.afterTask.forEach(({ weights, accumulatedImportance }, t) => {
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
      expectClose(sights[t]!.state.importance, joined(accumulatedImportance), tolerance, `Ω after task ${t}`);
    });
  });
});
