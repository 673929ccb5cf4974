import {
  adam,
  type Batch,
  ContinualLearningError,
  checkFunction,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  distillation,
  type GraphContext,
  initialParameters,
  type Model,
  oldHeads,
  oldSoftmaxes,
  type ParameterSpec,
  type Slots,
  valueAndGradients,
  weightedMean,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** A model that learns to draw inputs: pure functions of named parameters. `vae` of `@cl/models` is one. */
export interface Generator {
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Size of the code that a draw is made of. */
  readonly latent: number;
  /** Inputs [rows, …inputs] from codes [rows, latent], which are standard normal. */
  sample(parameters: NamedTensorMap, z: Tensor2D): Tensor;
  /** The loss of each row, [rows]. `noise`: standard normal, [rows, latent]. */
  losses(parameters: NamedTensorMap, x: Tensor, noise: Tensor2D): Tensor1D;
}

export interface GenerativeOptions {
  /** Makes the generator for inputs of a shape. */
  readonly generator: (inputs: readonly number[]) => Generator;
  /**
   * What the old classifier says of a drawn input: `hard`, its most probable class, as in the paper; `soft`, its probabilities at a
   * temperature (DGR with distillation, van de Ven & Tolias, 2018). Default 'hard'.
   */
  readonly targets?: 'hard' | 'soft';
  /** Temperature T > 0 of soft targets; no factor T². Default 2, as in van de Ven et al. (2022). */
  readonly temperature?: number;
  /** Share r of both losses that the new task's data have, (0, 1]; the rest is for what is drawn. Default 1 / t in task t. */
  readonly ratio?: number;
  /** Inputs drawn for each step, at least 1. Default: as many as the batch has. */
  readonly batchSize?: number;
  /** Of the generator's own Adam, ≥ 0. Default 0.001, as in van de Ven et al. (2022). */
  readonly learningRate?: number;
}

/**
 * Deep generative replay: a generator of inputs is learned beside the classifier. From the second task on, both also learn from what
 * the old generator draws and the old classifier says of it.
 *
 *     L = r L(x, y) + (1 − r) L(x′, ŷ(x′)),   x′ ~ G_{t−1},   ŷ = the classifier of task t − 1        (Shin, Lee, Kim & Kim, NeurIPS 2017)
 *
 * arXiv 1705.08690, equation 1; r = 1 / t, and both learned in the same steps, as in van de Ven, Tuytelaars & Tolias (2022). Labels are of
 * classes learned before; where tasks are known, each old task gives a label of its own. Keeps the classifier and the generator as they
 * are and as they were after the last task, and no example.
 *
 * @throws CL_OPTION for options outside their ranges; CL_MODEL for a model of several inputs.
 * @example generative({ generator: (inputs) => vae({ inputs, hidden: [400, 400], latent: 100 }) })
 */
export function generative(options: GenerativeOptions) {
  checkKnown('generative', options, ['generator', 'targets', 'temperature', 'ratio', 'batchSize', 'learningRate']);
  const { generator, targets = 'hard', temperature = 2, ratio, batchSize, learningRate = 1e-3 } = options;
  checkFunction('generative', 'generator', generator, 'a function from the shape of an input to a generator');
  checkOneOf('generative', 'targets', targets, ['hard', 'soft']);
  checkNumber('generative', 'temperature', temperature, { above: 0 });
  if (ratio !== undefined) checkNumber('generative', 'ratio', ratio, { above: 0, max: 1 });
  if (batchSize !== undefined) checkInteger('generative', 'batchSize', batchSize, { min: 1 });
  checkNumber('generative', 'learningRate', learningRate, { min: 0 });

  const optimizer = adam(learningRate);
  const shareOfNew = ({ past }: GraphContext): number => ratio ?? 1 / (past.length + 1);

  /** Inputs from the old generator, and their weights: like those of the batch, so that padding is not replayed either. */
  function draw(ctx: GraphContext, old: Old, { weight }: Batch): { readonly x: Tensor; readonly weight: Tensor1D } {
    const weights = batchSize === undefined ? weight : tf.ones<tf.Rank.R1>([batchSize]);
    const { latent, sample } = generator(inputsOf(ctx.model));
    return { x: sample(old.generator, ctx.normal([weights.shape[0], latent]) as Tensor2D), weight: weights };
  }

  return defineStrategy({
    name: 'generative',
    requires: ['boundaries', 'classes'],
    options: { targets, temperature, ratio: ratio ?? null, batchSize: batchSize ?? null, learningRate },
    init: ({ model }) => {
      inputsOf(model);
      return { generator: null, slots: null, old: null } as State;
    },

    beforeTask(ctx, state) {
      if (state.generator) return state;
      const parameters = initialParameters(generator(inputsOf(ctx.model)), ctx.random.integer(2 ** 31));
      return { ...state, generator: parameters, slots: optimizer.init(parameters) };
    },

    loss(ctx, forward, { old }) {
      if (!old) return null;
      const { x, weight } = draw(ctx, old, forward.batch);
      const said = ctx.forward(x, old.classifier, { training: false });
      const outputs = ctx.forward(x);
      const told = { targets, temperature: targets === 'hard' ? 1 : temperature };
      const replayed = tf.div(distillation(outputs, said, weight, { ...told, ...oldSoftmaxes(ctx, 'full') }), oldHeads(ctx).length);
      // The learner adds the loss on the batch: r L + (1 − r) L′ = L + (1 − r) (L′ − L).
      return tf.mul(1 - shareOfNew(ctx), tf.sub(replayed, forward.loss)) as Scalar;
    },

    track(ctx, { forward: { batch } }, state) {
      const [{ latent, losses }, r] = [generator(inputsOf(ctx.model)), shareOfNew(ctx)];
      const noise = (rows: number) => ctx.normal([rows, latent]) as Tensor2D;
      const { gradients } = valueAndGradients((parameters) => {
        const meanLoss = (x: Tensor, weight: Tensor1D) => weightedMean(losses(parameters, x, noise(weight.shape[0])), weight);
        const real = meanLoss(batch.x as Tensor, batch.weight);
        if (!state.old) return { loss: real, aux: null };
        const drawn = draw(ctx, state.old, batch);
        return { loss: tf.add(tf.mul(r, real), tf.mul(1 - r, meanLoss(drawn.x, drawn.weight))) as Scalar, aux: null };
      }, state.generator!);
      const at = { step: tf.add(ctx.step, 1) as Scalar, learningRate: tf.scalar(learningRate) };
      const next = optimizer.apply(gradients, state.slots!, at, state.generator!);
      return { ...state, generator: next.parameters, slots: next.slots };
    },

    afterTask: (ctx, state) => ({ ...state, old: { generator: state.generator!, classifier: ctx.parameters } }),
  });
}

/** What draws and labels: as they were after the last task, never those that are being trained. */
interface Old {
  readonly generator: NamedTensorMap;
  readonly classifier: NamedTensorMap;
}

interface State {
  readonly generator: NamedTensorMap | null;
  readonly slots: Slots | null;
  readonly old: Old | null;
}

/** The shape of an input. */
function inputsOf({ inputs, name }: Model): readonly number[] {
  if (Array.isArray(inputs)) return inputs as readonly number[];
  throw new ContinualLearningError(
    'CL_MODEL',
    `generative(): '${name}' has several inputs by name; a generator draws one. Use a model of one input.`,
  );
}
