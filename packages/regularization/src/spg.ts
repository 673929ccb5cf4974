import {
  type Batch,
  checkBoolean,
  checkKnown,
  checkOneOf,
  defineStrategy,
  type GraphContext,
  indicator,
  map,
  pick,
  type Task,
  total,
  zip,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { standardScore } from './standard-score.js';

export interface SpgOptions {
  /**
   * What is masked. `updates`: what is added to the parameters, right for every optimizer. `gradients`: as in the paper, which uses
   * plain SGD, where both are the same; Adam would divide a mask on gradients away again. Default 'updates'.
   */
  readonly on?: 'updates' | 'gradients';
  /** Whether dropout acts while importance is measured, as in the authors' code. Default true. */
  readonly dropout?: boolean;
}

/** γ of the trunk, and the share of its step that each parameter takes: the same at every step of a task, so made once. */
type State = { readonly importance: NamedTensorMap | null; readonly passes: NamedTensorMap | null };

/**
 * Soft-masking of parameter-level gradient flow: every trunk parameter moves with 1 − importance of its step, every parameter of
 * the classifier with 1 − the mean importance. No penalty, no hard mask, no hyper-parameter.
 *
 *     γᵗ'ᵏ = |tanh(standardised ∂Lₜₖ/∂θ)|,   Lₜₜ = cross-entropy,   Lₜₖ = Σ logits of task k (k < t)
 *     γ ← max(γ, γᵗ'ᵏ over k ≤ t),           Δθ ← (1 − γ) Δθ
 *
 * Konishi et al., "Parameter-level soft-masking for continual learning", ICML 2023, arXiv 2306.14775. Keeps two numbers a
 * parameter; after task t takes one pass over its data with t backward passes a batch.
 *
 * @example new Learner({ model, optimizer: sgd(0.25), scenario: 'task', strategy: spg() })
 */
export function spg(options: SpgOptions = {}) {
  checkKnown('spg', options, ['on', 'dropout']);
  const { on = 'updates', dropout = true } = options;
  checkOneOf('spg', 'on', on, ['updates', 'gradients']);
  checkBoolean('spg', 'dropout', dropout);

  const softMask = (_ctx: GraphContext, values: NamedTensorMap, { passes }: State) => (passes ? zip(tf.mul, values, passes) : values);

  return defineStrategy({
    name: 'spg',
    options: { on, dropout },
    requires: ['boundaries', 'classes'],
    init: (): State => ({ importance: null, passes: null }),
    // Parameters that came since then have no importance yet.
    beforeTask: (ctx, { importance }): State => ({ importance, passes: importance && passThrough(importance, ctx) }),
    [on]: softMask,

    // The gradient of every head's objective, summed over the task's data.
    scan: {
      start: (ctx) => headsOf(ctx).map(() => map(tf.zerosLike, onTrunk(ctx, ctx.parameters))),
      add: (ctx, sums, batch) =>
        headsOf(ctx).map((head, i) => {
          const gradients = ctx.gradientsOf(batch, head === ctx.task ? undefined : sumOfLogits(head), undefined, { training: dropout });
          return zip(tf.add, sums[i]!, onTrunk(ctx, gradients));
        }),
    },

    afterTask(ctx, { importance: before }, sums): State {
      const scores = sums.map((sum) => map(score, sum));
      const found = scores.reduce((a, b) => zip(tf.maximum, a, b));
      const importance = map((values, name) => (before?.[name] ? tf.maximum(before[name], values) : values), found);
      return { importance, passes: passThrough(importance, ctx) };
    },
  });
}

/** Heads whose outputs must stay, and the one that learns. Tasks that share their outputs share a head: one pass for all. */
function headsOf({ past, task }: GraphContext): readonly Task[] {
  const outputs = ({ classes }: Task) => classes.join();
  return [...past.filter((old, i) => past.findIndex((other) => outputs(other) === outputs(old)) === i), task];
}

const onTrunk = ({ head }: GraphContext, tensors: NamedTensorMap) => pick(tensors, (name) => !head.has(name));

/** Cross-head importance: how strongly a parameter can move an old head's outputs. Never a training loss. */
const sumOfLogits =
  (head: Task) =>
  (outputs: Tensor, { weight }: Batch) => {
    const logits = tf.mul(outputs, indicator(head.classes, outputs.shape.at(-1)!));
    return tf.sum(tf.mul(logits, tf.expandDims(weight, 1))) as Scalar;
  };

/** |tanh z| of a tensor's gradient, z its standard score within the tensor; 0 where all entries are equal. */
const score = (gradient: Tensor): Tensor => tf.abs(tf.tanh(standardScore(gradient)));

/** 1 − importance for the trunk, 1 − the mean over all of the trunk for the classifier. */
export function passThrough(importance: NamedTensorMap, { parameters, head }: Pick<GraphContext, 'parameters' | 'head'>): NamedTensorMap {
  const all = Object.values(importance);
  const mean = tf.div(
    total(all.map((tensor) => tf.sum(tensor))),
    all.reduce((count, tensor) => count + tensor.size, 0),
  );
  return map((values, name) => tf.sub(1, head.has(name) ? mean : (importance[name] ?? tf.zerosLike(values))), parameters);
}
