import { type Memory, reservoir } from '@cl/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, goldenRun, goldenTasks, joined, runTasks, type Weights } from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { recorded } from '../../../testing/recorded.js';
import { type Nested, taken } from '../../../testing/watched.js';
import { der, derpp } from '../src/index.js';

interface Given {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly steps: readonly {
    readonly x: readonly Nested[];
    readonly y: readonly number[];
    /** For the outputs first, then for the labels. */
    readonly bufferIndices: readonly (readonly number[])[];
    readonly reservoir: readonly number[];
  }[];
  readonly capacity: number;
  readonly minibatchSize: number;
  readonly learningRate: number;
  readonly alpha: number;
  readonly beta?: number;
}

interface Expected {
  readonly afterStep: readonly {
    readonly loss: number;
    readonly weights: Weights;
    readonly bufferSize: number;
    readonly bufferLabels?: readonly number[];
    readonly bufferLogits: readonly (readonly number[])[];
  }[];
}

const folder = new URL('../golden/', import.meta.url);
const files = ['der', 'derpp'].flatMap((method) => [...goldenFiles<Given, Expected>(method, folder, 'run-')]);

describe.each(await places())('dark experience replay as its authors run it, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(files)('$file', async ({ given, expected, tolerance }) => {
    const { arch, steps, capacity, minibatchSize, alpha, beta } = given;
    const choices = { samples: steps.flatMap((step) => step.bufferIndices), integers: steps.flatMap((step) => step.reservoir) };
    const memory = recorded(reservoir({ capacity }), choices);
    const replayed = { memory: () => memory, batchSize: minibatchSize, alpha };
    const strategy = beta === undefined ? der(replayed) : derpp({ ...replayed, beta });

    const tasks = goldenTasks(arch, [{ x: steps.flatMap(({ x }) => x), y: steps.flatMap(({ y }) => y) }]);
    const options = goldenRun(given, { strategy, compiler });
    await runTasks(options, tasks, () => ({ batchSize: steps[0]!.y.length }), {
      step(learner, { loss, iteration }) {
        const after = expected.afterStep[iteration - 1]!;
        expectClose(loss, after.loss, tolerance, `loss of step ${iteration}`);
        expectClose(taken(learner.parameters()), joined(after.weights), tolerance, `weights after step ${iteration}`);
        expect(memory.size).toBe(after.bufferSize);
        if (after.bufferLabels) expect([...memory.labels()]).toEqual(after.bufferLabels);
        expectClose(logitsIn(memory), after.bufferLogits.flat(), tolerance, `stored outputs after step ${iteration}`);
      },
    });
  });
});

const logitsIn = (memory: Memory) => memory.all()!.extra!.logits!.values;
