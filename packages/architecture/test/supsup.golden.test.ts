import { defineStrategy, type GraphContext, Learner, sgd, type Task } from '@cl/core';
import type { NamedTensorMap, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, goldenModel, goldenParameters, goldenTasks, runTasks, tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { type Nested, plain, taken, tidied } from '../../../testing/watched.js';
import { supsup } from '../src/index.js';
import { supermask } from '../src/supsup.js';
import { mixed, type Objective, slopesOf, smallest } from '../src/task-inference.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface MaskExpected {
  readonly topK: { readonly mask: Nested; readonly gradientOfScores: Nested; readonly ones: number };
  readonly threshold0: { readonly mask: Nested; readonly gradientOfScores: Nested };
}

describe('masks', () => {
  beforeAll(useCpu);
  it.each(goldenFiles<{ scores: Nested; sparsity: number; upstreamGradient: Nested }, MaskExpected>('supsup', folder, 'mask-'))(
    '$file',
    ({ given, expected, tolerance }) => {
      const made = tidied(() => {
        const { scores, upstream } = tensorsOf({ scores: given.scores, upstream: given.upstreamGradient });
        const by = (rule: 'top-k' | 'threshold') => {
          const mask = (values: tf.Tensor) => supermask(values, rule, given.sparsity);
          return plain({ mask: mask(scores!), gradientOfScores: tf.grad(mask)(scores!, upstream!) });
        };
        return { topK: by('top-k'), threshold0: by('threshold') };
      });
      const { ones, ...topK } = expected.topK;
      expectClose(made.topK, { mask: topK.mask, gradientOfScores: topK.gradientOfScores }, tolerance, 'top-k');
      expectClose(made.threshold0, { mask: expected.threshold0.mask, gradientOfScores: expected.threshold0.gradientOfScores }, tolerance);
      expect((made.topK as { mask: number[][] }).mask.flat().reduce((a, b) => a + b)).toBe(ones);
    },
  );
});

/** 'dense0' → 'dense0/kernel', 'head0' → 'head/kernel' */
const kernelOf = (layer: string): string => `${layer.replace('head0', 'head')}/kernel`;
const named = <T>(layers: Readonly<Record<string, T>>, suffix = ''): Record<string, T> =>
  Object.fromEntries(Object.entries(layers).map(([layer, values]) => [kernelOf(layer) + suffix, values]));
/** The authors' layers have none. */
const withoutBiases = (parameters: NamedTensorMap): NamedTensorMap =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, name.endsWith('/bias') ? tf.zerosLike(values) : values]));

interface TrainingGiven {
  readonly arch: Arch;
  readonly weights: Weights;
  readonly scores: Weights;
  readonly sparsity: number;
  readonly x: readonly Nested[];
  readonly y: readonly number[];
  readonly learningRate: number;
}
interface TrainingExpected {
  readonly steps: readonly { readonly loss: number; readonly gradientOfScores: Weights; readonly scoresAfterStep: Weights }[];
}

describe.each(where)('training, $name', ({ use, compiler }) => {
  beforeAll(use);
  it.each(goldenFiles<TrainingGiven, TrainingExpected>('supsup', folder, 'training-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, weights, scores, sparsity, x, y, learningRate } = given;
    const own = supsup({ keep: sparsity });
    const strategy: typeof own = {
      ...own,
      restart: (_ctx, parameters) => ({ ...withoutBiases(parameters), ...tensorsOf(named(scores, '/scores')) }),
    };
    const options = { arch, weights, strategy, compiler, optimizer: sgd(learningRate), scenario: 'domain' } as const;
    const after: Weights[] = [];
    const [run] = await runTasks(
      options,
      goldenTasks(arch, [{ x, y }]),
      () => ({ batchSize: y.length, iterations: expected.steps.length }),
      { step: (learner) => after.push(taken(learner.parameters())) },
    );
    expectClose(
      run!.losses,
      expected.steps.map(({ loss }) => loss),
      tolerance,
      'losses',
    );
    expected.steps.forEach(({ scoresAfterStep }, s) => {
      expectClose(after[s], named(scoresAfterStep, '/scores'), tolerance, `scores after step ${s}`);
      expectClose(
        after[s],
        named(Object.fromEntries(Object.entries(weights).map(([name, values]) => [name.split('/')[0]!, values]))),
        tolerance,
      );
    });
  });
});

interface InferenceGiven {
  readonly arch: Arch;
  readonly weights: Weights;
  readonly masksByTask: Readonly<Record<string, readonly Nested[]>>;
  readonly tasksLearned: number;
  readonly x: readonly (readonly number[])[];
  readonly examplesUsedForInference: number;
  readonly realOutputs: number | null;
}
interface Inference {
  readonly rounds: readonly {
    readonly objective: number;
    readonly gradientOfAlphas: readonly number[];
    readonly remainingTasks?: readonly number[];
  }[];
  readonly inferredTask: number;
}
interface InferenceExpected {
  readonly logitsByTask: Nested;
  readonly oneShotEntropy: Inference;
  readonly oneShotG?: Inference;
  readonly binaryEntropy: Inference;
}

describe.each(where)('inference of the task, $name', ({ use, compiler }) => {
  beforeAll(use);
  it.each(goldenFiles<InferenceGiven, InferenceExpected>('supsup', folder, 'inference-'))('$file', ({ given, expected, tolerance }) => {
    const { arch, weights, masksByTask, tasksLearned: count, x, examplesUsedForInference: used, realOutputs } = given;
    /** What `ask` makes of the inputs in a pass of a learner that has these weights. */
    const asked = (ask: (ctx: GraphContext, x: tf.Tensor, masks: NamedTensorMap[]) => tf.Tensor): Nested => {
      const asking = defineStrategy({
        name: 'asking',
        claims: ['prediction'],
        init: () => ({ masks: Array.from({ length: count }, (_, t) => tensorsOf(named(mapValues((all) => all[t]!, masksByTask)))) }),
        predict: (ctx, inputs, { masks }) => ask(ctx, inputs as tf.Tensor, masks),
      });
      const model = goldenModel(arch);
      const zeros = Object.fromEntries(Object.entries(model.parameters).map(([name, { shape }]) => [name, tf.zeros([...shape])]));
      const parameters = { ...zeros, ...goldenParameters(weights) };
      const learner = new Learner({ model, parameters, optimizer: sgd(1), scenario: 'domain', strategy: asking, compiler });
      tf.dispose([zeros, parameters]);
      const inputs = tf.tensor2d(x as number[][]);
      const result = taken({ all: learner.predict(inputs) }).all!;
      inputs.dispose();
      learner.dispose();
      return result;
    };
    /** The same mixture for all rows. */
    const everywhere = (alphas: readonly number[]) => tf.tensor2d(x.map(() => [...alphas]));

    const logits = Array.from({ length: count }, (_, task) =>
      asked((ctx, inputs, masks) => mixed(ctx, inputs, masks, everywhere(Array.from({ length: count }, (_, t) => Number(t === task))))),
    );
    expectClose(logits, expected.logitsByTask, tolerance, 'logits by task');

    const real: Task = { index: 0, name: '', classes: Array.from({ length: realOutputs ?? 0 }, (_, c) => c) };
    /** The authors average over some rows; a row of ours decides for itself. */
    const slopes = (alphas: readonly number[], objective: Objective): number[] => {
      const rows = asked((ctx, inputs, masks) => slopesOf(ctx, inputs, masks, everywhere(alphas), objective, [real])) as number[][];
      return alphas.map((_, t) => rows.slice(0, used).reduce((sum, row) => sum + row[t]!, 0) / used);
    };
    const check = ({ rounds, inferredTask }: Inference, objective: Objective, halving: boolean) => {
      let left: number[] = Array.from({ length: count }, () => 1);
      for (const { gradientOfAlphas, remainingTasks } of rounds) {
        const among = left.reduce((a, b) => a + b);
        const now = slopes(
          left.map((one) => one / among),
          objective,
        );
        // Of a mask that is out, the authors compute none.
        const those = (values: readonly number[]) => values.filter((_, t) => left[t]);
        expectClose(those(now), those(gradientOfAlphas), tolerance, `gradients of ${objective}`);
        const rest = halving ? Math.ceil(among / 2) : 1;
        left = tidied(() => (plain(smallest(tf.tensor2d([now]) as Tensor2D, tf.tensor2d([left]) as Tensor2D, rest)) as number[][])[0]!);
        if (remainingTasks) expect(left.flatMap((one, t) => (one ? [t] : []))).toEqual(remainingTasks);
      }
      expect(left.indexOf(1)).toBe(inferredTask);
      expect(left.filter(Boolean)).toHaveLength(1);
    };
    check(expected.oneShotEntropy, 'entropy', false);
    check(expected.binaryEntropy, 'entropy', true);
    if (expected.oneShotG) check(expected.oneShotG, 'G', false);
  });
});

const mapValues = <A, B>(f: (value: A) => B, record: Readonly<Record<string, A>>): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]));
