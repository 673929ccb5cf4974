import { momentum, sgd } from '@cl/core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, type GoldenTask, goldenScenario, goldenTasks, joined, runTasks, type Weights } from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { watched } from '../../../testing/watched.js';
import { rwalk } from '../src/index.js';

interface Given {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly optimizer: 'sgd' | 'momentum';
  readonly momentum: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly interval: number;
  readonly epsilon: number;
}

interface Expected {
  readonly afterTask: readonly {
    readonly losses: readonly number[];
    readonly weights: Weights;
    readonly fisher: Weights;
    readonly scores: Weights;
    readonly importance: Weights;
  }[];
}

describe.each(await places())('runs, $name', ({ use, compiler }) => {
  beforeAll(use);

  // Made from the equations by a program without tensors: no code of the authors can be run today.
  it.each(goldenFiles<Given, Expected>('rwalk', new URL('../golden/', import.meta.url), 'run-'))(
    '$file',
    async ({ given, expected, tolerance }) => {
      const { arch, lambda, alpha, interval, epsilon, learningRate, batchSize, epochs } = given;
      const { strategy, sights } = watched(rwalk({ lambda, alpha, interval, epsilon }));
      const options = {
        arch,
        weights: given.initialWeights,
        strategy,
        compiler,
        optimizer: given.optimizer === 'sgd' ? sgd(learningRate) : momentum({ learningRate, momentum: given.momentum }),
        scenario: goldenScenario(arch),
      };
      const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

      expected.afterTask.forEach(({ losses, weights, fisher, scores, importance }, t) => {
        expectClose(runs[t]!.losses, losses, tolerance, `losses of task ${t}`);
        expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
        const { state } = sights.filter(({ hook }) => hook === 'afterTask')[t]!;
        expectClose(state.fisher, joined(fisher), tolerance, `F after task ${t}`);
        expectClose(state.past, joined(scores), tolerance, `scores after task ${t}`);
        expectClose(state.importance, joined(importance), tolerance, `importance after task ${t}`);
      });
    },
  );
});
