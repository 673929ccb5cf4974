import type { BoundaryContext } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, type GoldenTask, goldenRun, goldenTasks, joined, runTasks, type Weights } from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { plain, watched } from '../../../testing/watched.js';
import { owm } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

type Rows = readonly (readonly number[])[];
type Layers = Readonly<Record<string, Rows>>;

/** Layers by the names of our model. */
const ours = ({ head0, ...trunk }: Layers): Layers => ({ ...trunk, head: head0! });

describe('projector of a given covariance', () => {
  beforeAll(useCpu);
  const files = goldenFiles<{ readonly covariance: Rows; readonly alpha: number }, { readonly projector: Rows }>(
    'owm',
    folder,
    'projector-',
  );

  it.each(files)('$file', ({ given: { covariance, alpha }, expected, tolerance }) => {
    tf.tidy(() => {
      const products = { layer: tf.tensor2d(covariance.map((row) => [...row])) };
      const ctx = { past: [] } as unknown as BoundaryContext;
      const { space } = owm({ alpha }).afterTask!(ctx, { space: null }, { products, rows: tf.scalar(1) });
      expectClose(plain(space!.projector.layer), expected.projector, tolerance);
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
  readonly alpha: number;
}

interface RunExpected {
  readonly afterTask: readonly { readonly weights: Weights; readonly meanInputCovariance: Layers; readonly projector: Layers }[];
}

describe.each(where)('as van de Ven runs it, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<RunGiven, RunExpected>('owm', folder, 'run3-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, batchSize, epochs, alpha } = given;
    const { strategy, sights } = watched(owm({ alpha }));
    const options = goldenRun(given, { strategy, compiler });
    const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

    expected.afterTask.forEach(({ weights, meanInputCovariance, projector }, t) => {
      const { space } = sights[t]!.state;
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
      expectClose(space.covariance, ours(meanInputCovariance), tolerance, `covariance after task ${t}`);
      expectClose(space.projector, ours(projector), tolerance, `projector after task ${t}`);
    });
  });
});
