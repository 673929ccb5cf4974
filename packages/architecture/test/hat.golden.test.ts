import { type Model, sgd } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
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
import { type Nested, plain, tidied, watched } from '../../../testing/watched.js';
import { compensate, hat, newlyUsed } from '../src/hat.js';
import { passThrough } from '../src/unit-protection.js';
import { chain } from './chain-model.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

describe('parts', () => {
  beforeAll(useCpu);

  interface CompensationGiven {
    readonly embedding: Nested;
    readonly gradient: Nested;
    readonly sMax: number;
    readonly sPerStep: readonly number[];
  }
  it.each(goldenFiles<CompensationGiven, { compensatedGradientPerStep: readonly Nested[] }>('hat', folder, 'compensation-'))(
    '$file',
    ({ given, expected, tolerance }) => {
      const compensated = tidied(() => {
        const tensors = tensorsOf({ embedding: given.embedding, gradient: given.gradient });
        return given.sPerStep.map((s) => plain(compensate(tensors.gradient!, tensors.embedding!, tf.scalar(s), given.sMax)));
      });
      expectClose(compensated, expected.compensatedGradientPerStep, tolerance);
    },
  );

  interface RegulariserGiven {
    readonly gates: Weights;
    readonly cumulativeMask: Weights | null;
  }
  it.each(goldenFiles<RegulariserGiven, { regulariser: number; gradientOfGates: Weights }>('hat', folder, 'regulariser-'))(
    '$file',
    ({ given, expected, tolerance }) => {
      const result = tidied(() => {
        const gates = tensorsOf(given.gates);
        const used = given.cumulativeMask ? tensorsOf(given.cumulativeMask) : mapZeros(gates);
        const names = Object.keys(gates);
        const { value, grads } = tf.valueAndGrads((...values: tf.Tensor[]) =>
          newlyUsed(Object.fromEntries(names.map((name, i) => [name, values[i]!])), used),
        )(Object.values(gates));
        return { regulariser: plain(value), gradientOfGates: plain(Object.fromEntries(names.map((name, i) => [name, grads[i]!]))) };
      });
      expectClose(result, expected, tolerance);
    },
  );

  interface MultipliersGiven {
    readonly cumulativeMask: Readonly<Record<string, readonly number[]>>;
    readonly kernelSize: number;
    readonly inputChannels: number;
    readonly spatialSizeBeforeFlatten: number;
  }
  it.each(goldenFiles<MultipliersGiven, { gradientMultiplier: Weights }>('hat', folder, 'conv-multipliers-'))(
    '$file',
    ({ given, expected, tolerance }) => {
      const { cumulativeMask, kernelSize, inputChannels, spatialSizeBeforeFlatten: size } = given;
      const units = (kind: string) =>
        Object.entries(cumulativeMask)
          .filter(([name]) => name.startsWith(kind))
          .map(([, mask]) => mask.length);
      const model = chain({ size, channels: inputChannels, kernelSize, filters: units('conv'), hidden: units('dense'), outputs: 2 });
      const multipliers = tidied(() => {
        const passes = passThrough(model, tensorsOf(cumulativeMask));
        // All positions of a channel share what is said once.
        return plain(Object.fromEntries(Object.entries(passes).map(([name, pass]) => [name, spread(pass, name, model)])));
      });
      expectClose(multipliers, expected.gradientMultiplier, tolerance);
    },
  );
});

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly initialEmbeddings: Readonly<Record<string, readonly Nested[]>>;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly c: number;
  readonly sMax: number;
  readonly clipGradientNorm: number;
}

interface RunExpected {
  readonly afterTask: readonly {
    readonly steps: readonly { readonly loss: number; readonly regulariser: number; readonly s: number }[];
    readonly parameters: Weights;
    readonly cumulativeMask: Weights;
    /** Not there after the last task. */
    readonly gradientMultiplierForNextTask?: Weights;
  }[];
}

describe.each(where)('several tasks, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<RunGiven, RunExpected>('hat', folder, 'run-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, batchSize, epochs, learningRate, c, sMax, clipGradientNorm: clip } = given;
    const own = hat({ sMax, c, clip, annealing: 'code' });
    const { strategy, sights } = watched({
      ...own,
      // The authors' random start.
      restart: (ctx, parameters) => ({
        ...parameters,
        ...tensorsOf(Object.fromEntries(embeddings.map((layer) => [ours(layer), given.initialEmbeddings[layer]![ctx.task.index]!]))),
      }),
    });
    const embeddings = Object.keys(given.initialEmbeddings);
    const options = {
      arch,
      weights: given.initialWeights,
      strategy,
      compiler,
      optimizer: sgd(learningRate),
      scenario: goldenScenario(arch),
    };
    const runs = await runTasks(options, goldenTasks(arch, given.tasks), () => ({ batchSize, epochs }));

    const after = sights.filter(({ hook }) => hook === 'afterTask');
    expect(runs).toHaveLength(expected.afterTask.length);
    expected.afterTask.forEach(({ steps, parameters, cumulativeMask, gradientMultiplierForNextTask }, t) => {
      const names = Object.keys(parameters);
      const weights = Object.fromEntries(names.filter((name) => !embeddings.includes(name)).map((name) => [name, parameters[name]!]));
      expectClose(
        runs[t]!.losses,
        steps.map(({ loss }) => loss),
        tolerance,
        `losses of task ${t}`,
      );
      expectClose(runs[t]!.weights, joined(weights), tolerance, `weights after task ${t}`);
      for (const layer of embeddings) {
        const rows = parameters[layer] as readonly Nested[];
        expectClose(runs[t]!.weights[ours(layer)], rows[t]!, tolerance, `embedding of task ${t}`);
        // What the authors' other rows hold, and ours do not, has not moved.
        for (const [other, row] of rows.entries()) {
          const expectedRow =
            other > t ? given.initialEmbeddings[layer]![other] : (expected.afterTask[other]!.parameters[layer] as readonly Nested[])[other];
          expect(row).toEqual(expectedRow);
        }
      }
      expectClose(after[t]!.state.used, cumulativeMask, tolerance, `use of units after task ${t}`);
      if (gradientMultiplierForNextTask) {
        const passes = tidied(() =>
          plain(
            Object.fromEntries(
              Object.entries(tensorsOf(after[t]!.state.passes)).map(([name, pass]) => [
                name,
                tf.broadcastTo(pass, tf.tensor(given.initialWeights[name] as never).shape),
              ]),
            ),
          ),
        );
        expectClose(passes, gradientMultiplierForNextTask, tolerance, `multipliers after task ${t}`);
      }
    });
  });
});

/** 'embedding0' */
const ours = (layer: string): string => `dense${layer.slice('embedding'.length)}/embedding`;
const mapZeros = (tensors: NamedTensorMap): NamedTensorMap =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.zerosLike(tensor)]));
const spread = (pass: tf.Tensor, name: string, model: Model): tf.Tensor => tf.broadcastTo(pass, [...model.parameters[name]!.shape]);
