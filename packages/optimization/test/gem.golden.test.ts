import { type Batch, type GraphContext, map, sgd } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, type GoldenTask, goldenScenario, goldenTasks, joined, runTasks, type Weights } from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { plain, tidied } from '../../../testing/watched.js';
import { gem } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface ProjectionGiven {
  readonly gradient: readonly number[];
  readonly memoryGradients: readonly (readonly number[])[];
  readonly margin: number;
  readonly eps: number;
}

describe.each(where)('projection of a given gradient, $name', ({ use }) => {
  beforeAll(use);
  const files = goldenFiles<ProjectionGiven, { projected: readonly number[] }>('gem', folder, 'projection-');

  it.each(files)('$file', ({ given, expected, tolerance }) => {
    tidied(() => {
      const g = { w: tf.tensor1d([...given.gradient]) };
      const memories = given.memoryGradients.map((_, k) => ({ k }) as unknown as Batch);
      const ctx = {
        gradientsOf: (memory: unknown) => ({ w: tf.tensor1d([...given.memoryGradients[(memory as { k: number }).k]!]) }),
      } as unknown as GraphContext;
      const options = { perTask: 1, margin: given.margin, epsilon: given.eps };
      const ofGradient = gem({ ...options, on: 'gradients' }).gradients!(ctx, g, {} as never, memories);
      expectClose(plain(ofGradient.w), expected.projected, tolerance, 'gradient');

      // Under plain SGD it is the same to project what is added to the parameters.
      const update = map((part) => tf.mul(-0.1, part), g);
      const ofUpdate = gem(options).updates!(ctx, update, {} as never, memories, g);
      expectClose(plain(tf.div(ofUpdate.w!, -0.1)), expected.projected, tolerance, 'update');
    });
  });
});

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly learningRate: number;
  readonly margin: number;
  readonly eps: number;
  readonly memoriesPerTask: number;
  readonly logits: string;
}

interface RunExpected {
  readonly afterTask: readonly { readonly weights: Weights }[];
}

describe.each(where)("as the authors' code runs it, $name", ({ use, compiler }) => {
  beforeAll(use);
  const cases = goldenFiles<RunGiven, RunExpected>('gem', folder, 'run-').flatMap((file) =>
    (['updates', 'gradients'] as const).map((on) => ({ ...file, on })),
  );

  it.each(cases)('$file, on $on', async ({ given, expected, tolerance, on }) => {
    const { batchSize, learningRate, margin, eps, memoriesPerTask } = given;
    // One output layer of which each task has its own columns, as our heads are.
    const own = given.logits.startsWith('task-incremental');
    const heads = own ? given.tasks.map(() => 2) : given.arch.heads;
    const arch = { ...given.arch, heads };
    // Golden tasks count labels from 0 in every head.
    const tasks = own ? given.tasks.map(({ x, y }, t) => ({ x, y: y.map((label) => label - 2 * t) })) : given.tasks;

    const strategy = gem({ perTask: memoriesPerTask, margin, epsilon: eps, on });
    const options = {
      arch,
      weights: given.initialWeights,
      strategy,
      compiler,
      optimizer: sgd(learningRate),
      scenario: goldenScenario(arch),
    };
    const runs = await runTasks(options, goldenTasks(arch, tasks), () => ({ batchSize, epochs: 1 }));
    expected.afterTask.forEach(({ weights }, t) => {
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
    });
  });
});
