import { type Batch, type Forward, type GraphContext, nearestMeanScores, normalized, valueAndGradients } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { tidied } from '../../../testing/watched.js';
import { meanOf, unitRows } from '../src/herding.js';
import { herding, icarl } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
type Rows = readonly (readonly number[])[];

beforeAll(useCpu);

describe('herding', () => {
  interface Given {
    readonly features: Rows;
    readonly m: number;
  }
  interface Expected {
    readonly orderPaper: readonly number[];
    readonly orderOfficialCode: readonly number[];
    readonly classMean: readonly number[];
  }

  it.each(goldenFiles<Given, Expected>('icarl', folder, 'herding-'))('$file', ({ given, expected, tolerance }) => {
    const rows = unitRows(given.features.flat(), given.features[0]!.length);
    expectClose(meanOf(rows), expected.classMean, tolerance);
    expect(herding(rows, given.m)).toEqual(expected.orderPaper);
    expect(herding(rows, given.m, 'code')).toEqual(expected.orderOfficialCode);
  });
});

describe('the loss', () => {
  interface Given {
    readonly logits: Rows;
    readonly oldLogits: Rows;
    readonly y: readonly number[];
    readonly pastClasses: number;
    readonly classes: number;
  }
  interface Expected {
    readonly loss: number;
    readonly gradientOfLogits: Rows;
  }

  it.each(goldenFiles<Given, Expected>('icarl', folder, 'loss-'))('$file', ({ given, expected, tolerance }) => {
    const { logits, oldLogits, y, pastClasses, classes } = given;
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, c) => from + c);
    const ctx = {
      past: pastClasses > 0 ? [{ classes: range(0, pastClasses) }] : [],
      task: { classes: range(pastClasses, classes) },
      model: { outputs: classes },
      forward: () => tf.tensor2d(oldLogits as number[][]),
    } as unknown as GraphContext;
    const own = tidied(() => {
      const { loss, gradients } = valueAndGradients(
        ({ outputs }) => {
          const batch = { y: tf.tensor1d([...y], 'int32'), weight: tf.ones([y.length]) } as unknown as Batch;
          // What the objective says is taken away, whatever it is.
          const objective = tf.mean(tf.square(outputs!)) as tf.Scalar;
          const forward = { batch, outputs, loss: objective } as unknown as Forward;
          const state = { teacher: pastClasses > 0 ? {} : null } as never;
          const term = icarl({ capacity: 10, average: 'outputs' }).loss!(ctx, forward, state, null)!;
          return { loss: tf.add(objective, term) as tf.Scalar, aux: null };
        },
        { outputs: tf.tensor2d(logits as number[][]) },
      );
      return { loss: loss.arraySync(), gradientOfLogits: gradients.outputs!.arraySync() };
    });
    expectClose(own, expected, tolerance);
  });
});

describe('the prediction', () => {
  interface Given {
    readonly exemplarFeaturesByClass: readonly Rows[];
    readonly queryFeatures: Rows;
  }
  interface Expected {
    readonly classMeans: Rows;
    readonly negativeSquaredDistances: Rows;
  }

  it.each(goldenFiles<Given, Expected>('icarl', folder, 'nearest-mean-'))('$file', ({ given, expected, tolerance }) => {
    const means = given.exemplarFeaturesByClass.map((rows) => {
      const units = rows[0]!.length;
      return [...unitRows(meanOf(unitRows(rows.flat(), units)), units)[0]!];
    });
    expectClose(means, expected.classMeans, tolerance);
    const scores = tidied(() =>
      nearestMeanScores(normalized(tf.tensor2d(given.queryFeatures as number[][])), tf.tensor2d(means)).arraySync(),
    );
    expectClose(scores, expected.negativeSquaredDistances, tolerance);
  });
});
