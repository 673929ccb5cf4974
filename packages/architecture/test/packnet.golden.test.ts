import { type BoundaryContext, momentum, sgd } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import {
  type Arch,
  type GoldenTask,
  goldenScenario,
  goldenTasks,
  joined,
  runTasks,
  tensorsOf,
  type Weights,
} from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { type Nested, plain, taken, tidied, watched } from '../../../testing/watched.js';
import { packnet } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface PruneGiven {
  readonly kernel: Nested;
  readonly owners: Nested;
  readonly currentTask: number;
  readonly pruneFraction: number;
}

describe('pruning of a given kernel', () => {
  beforeAll(useCpu);

  it.each(goldenFiles<PruneGiven, { ownersAfter: Nested; kernelAfter: Nested }>('packnet', folder, 'prune-'))(
    '$file',
    ({ given, expected, tolerance }) => {
      const { kernel, owners, currentTask, pruneFraction } = given;
      const order = Array.from({ length: currentTask }, (_, t) => t);
      const after = tidied(() => {
        const parameters = tensorsOf({ kernel });
        const ctx = { task: { index: currentTask - 1 }, stage: 'retrain', parameters } as unknown as BoundaryContext;
        const strategy = packnet({ prune: pruneFraction });
        const state = strategy.beforeStage!(ctx, { owners: tensorsOf({ kernel: owners }), order });
        return plain({ owners: state.owners.kernel, kernel: strategy.effective!(ctx, parameters, state).kernel });
      });
      expectClose(after, { owners: expected.ownersAfter, kernel: expected.kernelAfter }, tolerance);
    },
  );
});

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly retrainEpochs: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly pruneFraction: number;
}

interface RunExpected {
  readonly afterTask: readonly {
    readonly weightsAfterTraining: Weights;
    readonly ownersWhileTraining: Weights;
    /** Not there for the last task, which is not pruned. */
    readonly ownersAfterPruning?: Weights;
    readonly weightsAfterPruning?: Weights;
    readonly weightsAfterRetraining?: Weights;
  }[];
  readonly finalLogitsByTask: { readonly x: readonly (readonly number[])[]; readonly logits: readonly Nested[] };
}

describe.each(where)('several tasks, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<RunGiven, RunExpected>('packnet', folder, 'run-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, epochs, retrainEpochs, batchSize, learningRate, pruneFraction } = given;
    const tasks = goldenTasks(arch, given.tasks);
    const isPruned = (t: number) => t < tasks.length - 1;
    const { strategy, sights } = watched(
      packnet({ prune: pruneFraction, retrain: retrainEpochs / (epochs + retrainEpochs), tasks: tasks.length }),
    );
    const optimizer = given.momentum > 0 ? momentum({ learningRate, momentum: given.momentum }) : sgd(learningRate);
    const options = {
      arch,
      weights: given.initialWeights,
      strategy,
      compiler,
      optimizer,
      scenario: goldenScenario(arch),
      slots: 'reset',
    } as const;

    const logits: Nested[] = [];
    // The last task, which has nothing to retrain, is stopped where the others are pruned.
    const stop = new AbortController();
    const learn = (t: number) => ({ batchSize, epochs: epochs + retrainEpochs, ...(!isPruned(t) && { signal: stop.signal }) });
    const runs = await runTasks(options, tasks, learn, {
      step(_learner, { task, iteration, iterations }) {
        if (!isPruned(task.index) && iteration === (iterations * epochs) / (epochs + retrainEpochs)) stop.abort();
      },
      end(learner) {
        const x = tf.tensor2d(expected.finalLogitsByTask.x as number[][]);
        for (const task of tasks) {
          const rows = taken({ all: learner.predict(x, { task }) }).all as number[][];
          logits.push(rows.map((row) => task.classes.map((c) => row[c]!)));
        }
        x.dispose();
      },
    });

    const sight = (t: number, stage: string) => sights.find((one) => one.hook === 'beforeStage' && one.task === t && one.stage === stage)!;
    expected.afterTask.forEach((after, t) => {
      expectClose(sight(t, 'train').state.owners, after.ownersWhileTraining, tolerance, `owners in task ${t}`);
      const weights = isPruned(t) ? sight(t, 'retrain').parameters : runs[t]!.weights;
      expectClose(weights, joined(after.weightsAfterTraining), tolerance, `weights trained in task ${t}`);
      if (!isPruned(t)) return;
      const { owners } = sight(t, 'retrain').state;
      expectClose(owners, after.ownersAfterPruning, tolerance, `owners after task ${t}`);
      expectClose(withoutFree(weights, owners), joined(after.weightsAfterPruning!), tolerance, `weights pruned in task ${t}`);
      expectClose(runs[t]!.weights, joined(after.weightsAfterRetraining!), tolerance, `weights retrained in task ${t}`);
    });
    expectClose(logits, expected.finalLogitsByTask.logits, tolerance, 'logits');
    expect(logits).toHaveLength(tasks.length);
  });
});

/** Freed weights go to 0 with the first step after the pruning; until then they are masked. */
function withoutFree(weights: Weights, owners: Weights): Weights {
  const masked = (values: Nested, owner: Nested): Nested =>
    typeof values === 'number' ? (owner === 0 ? 0 : values) : values.map((child, i) => masked(child, (owner as readonly Nested[])[i]!));
  return { ...weights, ...Object.fromEntries(Object.entries(owners).map(([name, owner]) => [name, masked(weights[name]!, owner)])) };
}
