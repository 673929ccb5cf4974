import { checkKnown, checkNumber, checkOneOf, defineStrategy, type Model, map, named } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { largest, straightThrough } from './straight-through.js';
import { checkMixable, infer, type Objective, outputsThrough } from './task-inference.js';
import { allWeights, isScores, scoresOf, shareOf, withScores } from './weights.js';

export interface SupsupOptions {
  /**
   * How scores become a mask. `top-k`: the largest |score| of each kernel are kept (edge-popup). `threshold`: what is not below 0, cheaper,
   * as in the paper's experiments on MNIST. Default 'top-k'.
   */
  readonly mask?: 'top-k' | 'threshold';
  /** Share of each kernel that a `top-k` mask keeps, (0, 1]. Default 0.5 (authors' code). */
  readonly keep?: number;
  /** How an unknown task is found. `one-shot`: by one gradient. `binary`: by halving the tasks log₂ T times. Default 'one-shot'. */
  readonly inference?: 'one-shot' | 'binary';
  /**
   * What falls fastest towards the right mask. `entropy`: of the outputs. `G`: log Σ exp of the outputs, of which only those count that no
   * class has; the model must have such. Default 'entropy'.
   */
  readonly objective?: Objective;
}

/** Masks of the tasks learned, by the task's number. */
type State = { readonly masks: { readonly [task: string]: NamedTensorMap } };

/**
 * Supermasks in superposition: the weights are random and never trained; each task learns a mask, and where the task is not known the mask
 * is found that makes the outputs surest.
 *
 *     θ = ± √(2 / fan-in),   θ_seen = θ ⊙ h(|m|),   h = 1 for the k largest of a kernel, else 0      (∂L/∂m straight through h)
 *     task = argmaxᵢ −∂H(f(x; θ ⊙ Σⱼ αⱼ Mⱼ)) / ∂αᵢ   at αⱼ = 1/T                                     (section 3.3)
 *
 * Wortsman et al., "Supermasks in superposition", NeurIPS 2020, arXiv 2006.14769. The signs are those of the model's initial values; biases
 * are 0, the classifier is masked too. Scores begin uniform in ±1/√fan-in, the optimizer anew with each task. Outputs of a mask stay as
 * they are, bit for bit. Keeps a bit a weight and task, in a byte. A prediction without the task costs two passes a task, one-shot. Each row
 * is a decision of its own. In scenario 'class' all outputs compete in training.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT for models that do not say how their layers use kernels.
 * @example new Learner({ model, optimizer: adam(1e-2), scenario: 'domain', strategy: supsup({ keep: 0.5 }) })
 */
export function supsup(options: SupsupOptions = {}) {
  checkKnown('supsup', options, ['mask', 'keep', 'inference', 'objective']);
  const { mask = 'top-k', keep = 0.5, inference = 'one-shot', objective = 'entropy' } = options;
  checkOneOf('supsup', 'mask', mask, ['top-k', 'threshold']);
  checkNumber('supsup', 'keep', keep, { above: 0, max: 1 });
  checkOneOf('supsup', 'inference', inference, ['one-shot', 'binary']);
  checkOneOf('supsup', 'objective', objective, ['entropy', 'G']);

  const masksOf = (model: Model, parameters: NamedTensorMap): NamedTensorMap =>
    Object.fromEntries(allWeights(model).map((name) => [name, supermask(named(parameters, scoresOf(name)), mask, keep)]));

  return defineStrategy({
    name: 'supsup',
    claims: ['architecture', 'prediction', 'parameters'],
    requires: ['boundaries', 'classes', 'sites'],
    wants: ['task'],
    options: { mask, keep, inference, objective },

    wrap: (model) => withScores(model, allWeights(model)),
    init({ model, scenario }): State {
      if (scenario !== 'task') checkMixable(model, allWeights(model));
      return { masks: {} };
    },

    restart: (ctx, parameters) =>
      map((values, name) => {
        const { shape, initializer } = ctx.model.parameters[name]!;
        const fanIn = shape.slice(0, -1).reduce((product, length) => product * length, 1);
        if (isScores(name)) return tf.mul(1 / Math.sqrt(fanIn), tf.sub(tf.mul(2, ctx.uniform(shape)), 1));
        if (shape.length > 1) return tf.mul(Math.sqrt(2 / fanIn), tf.sign(values));
        return initializer === 'ones' ? values : tf.zerosLike(values);
      }, parameters),

    effective(ctx, parameters, { masks }) {
      const own = masks[ctx.task.index] ?? masksOf(ctx.model, parameters);
      return { ...parameters, ...map((each, name) => tf.mul(named(parameters, name), tf.cast(each, 'float32')), own) };
    },

    trains: (_ctx, name) => isScores(name),
    freezes: () => true,

    // Outputs of no class and of other tasks' classes learn to be small: that is what tells the masks apart.
    batch: (ctx, batch) => (ctx.scenario === 'class' ? { ...batch, competing: null } : batch),

    afterTask: (ctx, { masks }): State => ({
      masks: { ...masks, [ctx.task.index]: map((each) => tf.cast(each, 'bool'), masksOf(ctx.model, ctx.parameters)) },
    }),

    predict(ctx, x, { masks }) {
      const tasks = [...ctx.past, ctx.task].filter(({ index }) => masks[index]);
      if (ctx.scenario === 'task' || tasks.length === 0) return ctx.forward(x);
      const each = tasks.map(({ index }) => map((bits) => tf.cast(bits, 'float32'), masks[index]!));
      const chosen = infer(ctx, x, each, { halving: inference === 'binary', objective, tasks });
      return outputsThrough(ctx, x, each, chosen, tasks);
    },

    /** The share of the weights that the task sees. */
    measure: (ctx, { masks }) => ({ seen: shareOf(masks[ctx.task.index] ?? masksOf(ctx.model, ctx.parameters)) }),
  });
}

/** 1 where a weight is seen, else 0. The magnitude is part of what is differentiated, so `top-k` pushes scores away from 0 or towards it. */
export function supermask(scores: Tensor, rule: 'top-k' | 'threshold', keep: number): Tensor {
  return rule === 'top-k'
    ? straightThrough(tf.abs(scores), (sizes) => largest(sizes, keep))
    : straightThrough(scores, (values) => tf.cast(tf.greaterEqual(values, 0), 'float32'));
}
