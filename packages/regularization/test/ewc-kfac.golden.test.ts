import type { GraphContext } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, goldenModel, goldenParameters, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { tidied } from '../../../testing/watched.js';
import { ewcKfac } from '../src/index.js';

type Rows = readonly (readonly number[])[];
type Factors = Readonly<Record<string, { readonly L: Rows; readonly R: Rows }>>;

interface Given {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly dataSize: number;
  readonly learningRate: number;
}

interface Expected {
  readonly afterTask: readonly {
    readonly firstStep: { readonly gradientAfterPreconditioning: Readonly<Record<string, Rows>> };
    readonly steps: readonly { readonly penaltyWithoutLambda: number }[];
    readonly weights: Weights;
    readonly factorsAfterTask: Factors;
  }[];
}

const tensor = (rows: Rows): tf.Tensor2D => tf.tensor2d(rows.map((row) => [...row]));

// The penalty of van de Ven's code, `ewc_kfac_loss`, in runs of NCL: it sees the parameters and the factors of the tasks before.
describe("van de Ven's penalty", () => {
  beforeAll(useCpu);

  it.each(goldenFiles<Given, Expected>('ncl', new URL('../golden/', import.meta.url), 'run3-'))(
    '$file',
    ({ given, expected, tolerance }) => {
      tidied(() => {
        const strategy = ewcKfac({ lambda: 1 });
        const model = goldenModel(given.arch);
        let weights = goldenParameters(given.initialWeights);
        let mean: tf.NamedTensorMap = Object.fromEntries(Object.entries(weights).map(([name, value]) => [name, tf.zerosLike(value)]));
        const sizes = [...given.arch.sizes, given.arch.heads[0]!];
        const prior = (size: number) => tf.mul(tf.eye(size), 1 / Math.sqrt(given.dataSize)) as tf.Tensor2D;
        let precision = Object.fromEntries(
          ['dense0', 'head'].map((name, i) => [name, { input: prior(sizes[i]! + 1), output: prior(sizes[i + 1]!) }]),
        );
        for (const [t, { firstStep, steps, weights: end, factorsAfterTask }] of expected.afterTask.entries()) {
          const penalty = (parameters: tf.NamedTensorMap) =>
            strategy.loss!({ model, parameters } as unknown as GraphContext, {} as never, { precision, mean }, null)!.dataSync()[0];
          expectClose(penalty(weights), steps[0]!.penaltyWithoutLambda, tolerance, `task ${t}, first step`);
          const gradient = parametersOf(firstStep.gradientAfterPreconditioning);
          const next = Object.fromEntries(
            Object.entries(weights).map(([name, value]) => [name, tf.sub(value, tf.mul(given.learningRate, gradient[name]!))]),
          );
          expectClose(penalty(next), steps[1]!.penaltyWithoutLambda, tolerance, `task ${t}, second step`);

          weights = goldenParameters(end);
          mean = weights;
          precision = Object.fromEntries(
            Object.entries(factorsAfterTask).map(([name, { L, R }]) => [
              name.replace('head0', 'head'),
              { input: tensor(L), output: tensor(R) },
            ]),
          );
        }
      });
    },
  );
});

/** Matrices with the bias as last row, by the names of our parameters. */
const parametersOf = (matrices: Readonly<Record<string, Rows>>): tf.NamedTensorMap =>
  Object.fromEntries(
    Object.entries(matrices).flatMap(([name, rows]): [string, tf.Tensor][] => {
      const layer = name.replace('head0', 'head');
      return [
        [`${layer}/kernel`, tensor(rows.slice(0, -1))],
        [`${layer}/bias`, tf.tensor1d([...rows.at(-1)!])],
      ];
    }),
  );
