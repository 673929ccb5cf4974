import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { defineStrategy, type Forward, type GraphContext, type TensorTree, total, valueAndGradients, zip } from '../../src/index.js';
import { tinyMlp } from '../../src/testing/index.js';
import { HOW, onCpu, tasks, withLearner } from './support.js';

onCpu();

const [first] = tasks;

describe('taskGradients', () => {
  it('are taken with the same dropout masks', async () => {
    const differences: number[] = [];
    const compares = defineStrategy({
      name: 'compares',
      init: () => ({}),
      loss: () => tf.scalar(1),
      track: (_ctx, { gradients, taskGradients }, state) => {
        const gap = zip(tf.sub, gradients, taskGradients());
        differences.push(...Object.values(gap).map((tensor) => tf.max(tf.abs(tensor)).dataSync()[0]!));
        return state;
      },
    });
    await withLearner({ strategy: compares, model: tinyMlp({ dropout: 0.5 }) }, (learner) => learner.learn(first, HOW));
    expect(Math.max(...differences)).toBe(0);
  });

  const halfOfSquares = (tensors: readonly tf.Tensor[]) => tf.mul(0.5, total(tensors.map((each) => tf.sum(tf.square(each))))) as tf.Scalar;

  it.each([
    { passes: 1, name: 'of the parameters', term: (ctx: GraphContext) => halfOfSquares(Object.values(ctx.parameters)) },
    { passes: 2, name: 'of a pass of its own', term: (ctx: GraphContext, { batch }: Forward) => halfOfSquares([ctx.forward(batch.x)]) },
    { passes: 2, name: "of the learner's pass", term: (_ctx: GraphContext, { outputs }: Forward) => halfOfSquares([outputs]) },
    { passes: 2, name: 'of the loss', term: (_ctx: GraphContext, { loss }: Forward) => loss },
  ])('beside a term $name, track gets the gradients of the task alone, in $passes passes through the network', async ({ passes, term }) => {
    const model = tinyMlp();
    let applied = 0;
    const apply: typeof model.apply = (...args) => {
      applied++;
      return model.apply(...args);
    };
    const counting = { ...model, apply };
    const differences: number[] = [];
    const [counts, terms]: [number[], number[]] = [[], []];
    const compares = defineStrategy({
      name: 'compares',
      init: () => ({}),
      loss: (ctx, forward) => {
        applied = 1;
        return term(ctx, forward);
      },
      track: (ctx, { gradients, taskGradients, forward }, state) => {
        const own = taskGradients();
        counts.push(applied);
        const gap = zip(tf.sub, own, ctx.gradientsOf(forward.batch));
        differences.push(...Object.values(gap).map((tensor) => tf.max(tf.abs(tensor)).dataSync()[0]!));
        const rest = zip(tf.sub, zip(tf.sub, gradients, own), gradientOf(term, ctx, forward));
        terms.push(...Object.values(rest).map((tensor) => tf.max(tf.abs(tensor)).dataSync()[0]!));
        return state;
      },
    });
    await withLearner({ strategy: compares, model: counting }, (learner) => learner.learn(first, HOW));
    expect(new Set(counts)).toEqual(new Set([passes]));
    expect(Math.max(...differences)).toBe(0);
    expect(Math.max(...terms)).toBeLessThan(1e-6);
  });

  /** The gradient of a term alone, with the network's outputs made of the same parameters. */
  const gradientOf = (term: (ctx: GraphContext, forward: Forward) => tf.Scalar, ctx: GraphContext, { batch }: Forward) =>
    valueAndGradients((parameters) => {
      const forward = (x: TensorTree) => ctx.forward(x, parameters);
      const outputs = forward(batch.x);
      const own = { ...ctx, parameters, forward } as GraphContext;
      return { loss: term(own, { batch, outputs, loss: ctx.loss(outputs, batch) }), aux: null };
    }, ctx.parameters).gradients;
});
