import { sgd, valueAndGradients, weightedMean } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, goldenTask, joined, runTasks, type Weights } from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { taken, tidied } from '../../../testing/watched.js';
import { distillation, lwf } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();
type Rows = readonly (readonly number[])[];

interface Given {
  readonly logits: Rows;
  /** Of fewer classes, where the student has new ones. */
  readonly oldLogits: Rows;
  readonly temperature: number;
  readonly multiplyByTemperatureSquared?: boolean;
}

interface Expected {
  readonly loss: number;
  readonly gradientOfLogits: Rows;
}

/** Value and gradient of our distillation term. */
function distilled({ logits, oldLogits, temperature, multiplyByTemperatureSquared = false }: Given): Expected {
  return tidied(() => {
    const [outputs, old] = [logits[0]!.length, oldLogits[0]!.length];
    const options = {
      temperature,
      squareTemperature: multiplyByTemperatureSquared,
      teacherColumns: Array.from({ length: outputs }, (_, c) => Number(c < old)),
      studentColumns: Array.from({ length: outputs }, () => 1),
    };
    // What a teacher says of classes that it never met does not count.
    const teacher = tf.pad(
      tf.tensor2d(oldLogits as number[][]),
      [
        [0, 0],
        [0, outputs - old],
      ],
      7,
    );
    const weight = tf.ones([logits.length]) as tf.Tensor1D;
    const { loss, gradients } = valueAndGradients(
      ({ student }) => ({ loss: distillation(student!, teacher, weight, options), aux: null }),
      { student: tf.tensor2d(logits as number[][]) },
    );
    return { loss: loss.arraySync(), gradientOfLogits: gradients.student!.arraySync() as number[][] };
  });
}

describe('distillation of given logits', () => {
  beforeAll(useCpu);

  it.each(goldenFiles<Given, Expected>('lwf', folder, 'distillation-'))('$file', ({ given, expected, tolerance }) => {
    expectClose(distilled(given), expected, tolerance);
  });

  const others = goldenFiles<Given, { mammoth: Expected; hatRepository: Expected & { epsilonOfItsSmoothing: number } }>(
    'lwf-variants',
    folder,
    'distillation-',
  );
  it.each(others)("Mammoth's is ours: $file", ({ given, expected, tolerance }) => {
    expectClose(distilled(given), expected.mammoth, tolerance);
  });

  it.each(others)("the HAT repository's is not, as it smooths the student's probabilities: $file", ({ given, expected, tolerance }) => {
    const { loss, epsilonOfItsSmoothing: epsilon } = expected.hatRepository;
    const ours = distilled(given).loss;
    expect(Math.abs(ours - loss)).toBeGreaterThan(tolerance.abs);
    const smoothed = tidied(() => {
      const { logits, oldLogits, temperature } = given;
      const classes = logits[0]!.length;
      const at = (values: Rows) => tf.softmax(tf.div(tf.tensor2d(values as number[][]), temperature));
      const student = tf.div(tf.add(at(logits), epsilon / classes), 1 + epsilon);
      const losses = tf.neg(tf.sum(tf.mul(at(oldLogits), tf.log(student)), 1));
      return weightedMean(losses, tf.onesLike(losses)).arraySync();
    });
    expectClose(smoothed, loss, tolerance);
  });
});

interface StepsGiven {
  readonly arch: Arch;
  readonly weights: Weights;
  readonly activeClassesPerTask: readonly (readonly number[])[];
  /** From 1. */
  readonly currentTask: number;
  readonly x: Rows;
  /** Positions within the current task's classes. */
  readonly y: readonly number[];
  readonly temperature: number;
  readonly learningRate: number;
}

interface StepsExpected {
  readonly steps: readonly { readonly loss: number }[];
  readonly weightsAfterStep: readonly Weights[];
}

describe.each(where)('steps of a later task, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<StepsGiven, StepsExpected>('lwf', folder, 'steps-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, weights, activeClassesPerTask, currentTask, x, y, temperature } = given;
    const steps = expected.steps.length;
    // The tasks before it move nothing, so that the teacher is the network of the file.
    const tasks = activeClassesPerTask
      .slice(0, currentTask)
      .map((classes, t) => goldenTask(t, classes, { x, y: y.map((position) => classes[t === currentTask - 1 ? position : 0]!) }));
    const learningRate = (step: number) => (step < currentTask - 1 ? 0 : given.learningRate);
    const options = { arch, weights, strategy: lwf({ temperature }), compiler, optimizer: sgd(learningRate), scenario: 'task' } as const;
    const iterations = (t: number) => (t === currentTask - 1 ? steps : 1);
    let checked = 0;
    await runTasks(options, tasks, (t) => ({ iterations: iterations(t), batchSize: x.length }), {
      step(learner, { task, loss, iteration }) {
        if (task.index < currentTask - 1) return;
        expectClose(loss, expected.steps[iteration - 1]!.loss, tolerance, `loss of step ${iteration}`);

        expectClose(
          taken(learner.parameters()),
          joined(expected.weightsAfterStep[iteration - 1]!),
          tolerance,
          `weights after step ${iteration}`,
        );

        checked++;
      },
    });
    expect(checked).toBe(steps);
  });
});
