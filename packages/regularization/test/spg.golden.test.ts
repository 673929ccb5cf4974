import type { BoundaryContext } from '@cl/core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import {
  type Arch,
  type GoldenTask,
  goldenRun,
  goldenTasks,
  joined,
  runTasks,
  tensorsOf,
  type Weights,
} from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { type Nested, plain, tidied, watched } from '../../../testing/watched.js';
import { spg } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface ImportanceGiven {
  readonly gradientsByHead: Readonly<Record<string, Weights>>;
}

interface ImportanceExpected {
  readonly importanceByHead: Readonly<Record<string, Weights>>;
  readonly importance: Weights;
}

describe('importance of given gradients', () => {
  beforeAll(useCpu);

  it.each(goldenFiles<ImportanceGiven, ImportanceExpected>('spg', folder, 'importance-'))('$file', ({ given, expected, tolerance }) => {
    const importanceOf = (gradients: readonly Weights[]) =>
      tidied(() =>
        plain(
          spg().afterTask!(
            { parameters: {}, head: new Set() } as unknown as BoundaryContext,
            { importance: null, passes: null },
            gradients.map(tensorsOf),
          ).importance,
        ),
      );
    for (const [head, gradients] of Object.entries(given.gradientsByHead)) {
      expectClose(importanceOf([gradients]), expected.importanceByHead[head], tolerance, `head ${head}`);
    }
    expectClose(importanceOf(Object.values(given.gradientsByHead)), expected.importance, tolerance, 'all heads');
  });
});

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
}

interface RunExpected {
  readonly afterTask: readonly {
    readonly epochLossSums: readonly number[];
    readonly weightsAfterTraining: Weights;
    readonly headFactorUsed: number;
    readonly summedGradientsByHead: Readonly<Record<string, Weights>>;
    readonly accumulatedImportance: Weights;
    readonly meanAccumulatedImportance: number;
  }[];
}

describe.each(where)('three tasks, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<RunGiven, RunExpected>('spg', folder, 'run3-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, batchSize, epochs } = given;
    const { strategy, sights } = watched(spg());
    const options = goldenRun(given, { strategy, compiler });
    const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

    const ends = sights.filter(({ hook }) => hook === 'afterTask');
    expected.afterTask.forEach((after, t) => {
      const { losses, weights } = runs[t]!;
      const perEpoch = losses.length / epochs;
      const sums = after.epochLossSums.map((_, e) => losses.slice(e * perEpoch, (e + 1) * perEpoch).reduce((a, b) => a + b));
      expectClose(sums, after.epochLossSums, tolerance, `losses of task ${t}`);
      expectClose(weights, joined(after.weightsAfterTraining), tolerance, `weights after task ${t}`);

      const { summary, state } = ends[t]!;
      expectClose(summary, Object.values(after.summedGradientsByHead), tolerance, `gradients after task ${t}`);
      expectClose(state.importance, after.accumulatedImportance, tolerance, `importance after task ${t}`);
      expectClose(meanOf(state.importance), after.meanAccumulatedImportance, tolerance, `mean importance after task ${t}`);
      if (t > 0) expectClose(1 - meanOf(ends[t - 1]!.state.importance), after.headFactorUsed, tolerance, `head's share in task ${t}`);
    });
  });
});

/** The mean over all numbers of all tensors. */
function meanOf(tensors: Weights): number {
  const flat = (values: Nested): readonly number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));
  const all = Object.values(tensors).flatMap(flat);
  return all.reduce((a, b) => a + b) / all.length;
}
