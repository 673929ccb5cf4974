import { type Batch, type GraphContext, map, reservoir } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, type GoldenTask, goldenRun, goldenTasks, joined, runTasks, type Weights } from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { recorded } from '../../../testing/recorded.js';
import { agem } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface ProjectionGiven {
  readonly gradient: readonly number[];
  readonly referenceGradient: readonly number[];
}

describe('projection of a given gradient', () => {
  beforeAll(useCpu);
  const files = goldenFiles<ProjectionGiven, { projected: readonly number[] }>('agem', folder, 'projection-');
  const memory = { capacity: 1 };
  const batch = {} as Batch;

  it.each(files)('$file', ({ given, expected, tolerance }) => {
    tf.tidy(() => {
      const gradient = { w: tf.tensor1d([...given.gradient]) };
      const ctx = { gradientsOf: () => ({ w: tf.tensor1d([...given.referenceGradient]) }) } as unknown as GraphContext;
      const ofGradient = agem({ ...memory, on: 'gradients' }).gradients!(ctx, gradient, {} as never, batch);
      expectClose(ofGradient.w!.arraySync(), expected.projected, tolerance, 'gradient');

      // Under plain SGD it is the same to project what is added to the parameters.
      const update = map((g) => tf.mul(-0.1, g), gradient);
      const ofUpdate = agem(memory).updates!(ctx, update, {} as never, batch, gradient);
      expectClose(tf.div(ofUpdate.w!, -0.1).arraySync(), expected.projected, tolerance, 'update');
    });
  });
});

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly (GoldenTask & { readonly bufferIndicesPerStep: readonly (readonly (readonly number[])[])[] })[];
  readonly batchSize: number;
  readonly learningRate: number;
  readonly minibatchSize: number;
}

interface RunExpected {
  readonly afterTask: readonly { readonly steps: readonly { readonly loss: number }[]; readonly weights: Weights }[];
}

describe.each(where)('as Mammoth runs it, $name', ({ use, compiler }) => {
  beforeAll(use);
  const cases = goldenFiles<RunGiven, RunExpected>('agem', folder, 'run-').flatMap((file) =>
    (['updates', 'gradients'] as const).map((on) => ({ ...file, on })),
  );

  it.each(cases)('$file, on $on', async ({ given, expected, tolerance, on }) => {
    const { arch, batchSize, minibatchSize } = given;
    const tasks = goldenTasks(arch, given.tasks);
    // Mammoth keeps only the first batch of each task.
    const kept = new Set<number>();
    const isFirst = (task: number) => kept.size < kept.add(task).size;
    const samples = given.tasks.flatMap((task) => task.bufferIndicesPerStep.flat());
    const memory = () => recorded(reservoir({ capacity: Infinity }), { samples }, ({ task }) => isFirst(task[0]!));

    const strategy = agem({ memory, sample: minibatchSize, on });
    const options = goldenRun(given, { strategy, compiler });
    const runs = await runTasks(options, tasks, () => ({ batchSize, epochs: 1 }));
    expected.afterTask.forEach(({ steps, weights }, t) => {
      expectClose(
        runs[t]!.losses,
        steps.map(({ loss }) => loss),
        tolerance,
        `losses of task ${t}`,
      );
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
    });
  });
});
