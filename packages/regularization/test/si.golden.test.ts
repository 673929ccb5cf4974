import { type AnyStrategy, adam, compose, defineStrategy, map, momentum, type Optimizer, sgd } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, type GoldenTask, goldenScenario, goldenTasks, joined, runTasks, type Weights } from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { plain, watched } from '../../../testing/watched.js';
import { type SiOptions, si } from '../src/index.js';

interface Given {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly optimizer: 'sgd' | 'momentum' | 'adam';
  readonly momentum?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly c: number;
  readonly xi: number;
  readonly pathIntegralGradient: string;
  readonly relu: boolean;
  readonly clipValue: number | null;
}

interface Expected {
  readonly afterTask: readonly {
    readonly steps?: readonly { readonly loss: number }[];
    readonly weights: Weights;
    readonly smallOmega: Weights;
    readonly bigOmega: Weights;
  }[];
}

const optimizers: Record<Given['optimizer'], (given: Given) => Optimizer> = {
  sgd: ({ learningRate }) => sgd(learningRate),
  momentum: ({ learningRate, momentum: mu }) => momentum({ learningRate, momentum: mu! }),
  adam: ({ learningRate, beta1, beta2, epsilon }) => adam({ learningRate, beta1: beta1!, beta2: beta2!, epsilon: epsilon! }),
};

/** Each entry of the whole gradient, clipped before the step: a habit of Mammoth's SI that is none of SI's. */
const clipped = (limit: number): AnyStrategy =>
  defineStrategy({
    name: 'clipped',
    init: () => ({}),
    gradients: (_ctx, gradients) => map((gradient) => tf.clipByValue(gradient, -limit, limit), gradients),
  });

/** SI, and the path integrals that it had at the end of each task. */
function integrating(options: SiOptions) {
  const own = si(options);
  const paths: Weights[] = [];
  const afterTask: typeof own.afterTask = (ctx, state, summary) => {
    paths.push(plain(state.path) as Weights);
    return own.afterTask!(ctx, state, summary);
  };
  return { strategy: { ...own, afterTask }, paths };
}

const folder = new URL('../golden/', import.meta.url);
const files = [...goldenFiles<Given, Expected>('si', folder, 'run3-'), ...goldenFiles<Given, Expected>('si-mammoth', folder, 'run-')];

describe.each(await places())('runs, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(files)('$file', async ({ given, expected, tolerance }) => {
    const { arch, c, xi, relu, batchSize, epochs, clipValue } = given;
    const gradient = given.pathIntegralGradient.startsWith('total') ? 'total' : 'task';
    const { strategy: own, paths } = integrating({ c, xi, relu, gradient });
    const { strategy, sights } = watched(own);
    const options = {
      arch,
      weights: given.initialWeights,
      strategy: clipValue === null ? strategy : compose(strategy, clipped(clipValue)),
      compiler,
      optimizer: optimizers[given.optimizer](given),
      scenario: goldenScenario(arch),
    };
    const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

    expected.afterTask.forEach(({ steps, weights, smallOmega, bigOmega }, t) => {
      const losses = steps?.map(({ loss }) => loss);
      if (losses) expectClose(runs[t]!.losses, losses, tolerance, `losses of task ${t}`);
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
      expectClose(paths[t], joined(smallOmega), tolerance, `ω of task ${t}`);
      const { state } = sights.filter(({ hook }) => hook === 'afterTask')[t]!;
      expectClose(state.importance, joined(bigOmega), tolerance, `Ω after task ${t}`);
    });
  });
});
