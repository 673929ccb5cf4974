import {
  ContinualLearningError,
  checkBoolean,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  type GraphContext,
  type Model,
  map,
  type Scan,
  zip,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { contrastWithKnown } from './das-contrast.js';
import { gateCount, gateGradients, gateSites, passThrough } from './das-gates.js';
import { generalImportance } from './das-general.js';
import { representationSite } from './das-representation.js';
import { standardScore } from './standard-score.js';

export interface DasOptions {
  /**
   * What is masked. `updates`: what is added to the parameters, right for every optimizer. `gradients`: as in the authors' code, where Adam
   * divides most of the mask away again. `nothing`: the contrastive loss alone, for ablations. Default 'updates'.
   */
  readonly on?: 'updates' | 'gradients' | 'nothing';
  /**
   * Where importance comes from. `gates`: from gradients by the gates, as in the paper. Two controls, to see what of an effect is in the
   * importance: `random`, |tanh N(0, 1)| drawn anew each time that importance would be measured, and a number in [0, 1], the same for all
   * units. Default 'gates'.
   */
  readonly importance?: 'gates' | 'random' | number;
  /**
   * How many examples of the first task the importance for general knowledge is measured on, before it is learned: a whole number of 1 or
   * more. `false`: it is left out, right where the network begins with random weights. Default 1000.
   */
  readonly general?: number | false;
  /** True: gradients by the gates are summed with their signs, which cancel, as in the authors' code. Default false. */
  readonly signed?: boolean;
  /** Weight of the contrastive loss, λ ≥ 0; 0 leaves it out. Default 1 (authors' code). */
  readonly contrast?: number;
  /** Temperature of the contrastive loss, above 0. Default 0.05 (authors' code). */
  readonly temperature?: number;
}

interface State {
  /** Largest importance so far, [gates] at each site. */
  readonly importance: NamedTensorMap | null;
  /** The share of its step that each protected parameter takes: the same at every step of a task, so made once. */
  readonly passes: NamedTensorMap | null;
}

/**
 * Continual domain-adaptive pre-training with soft-masking: the units of each layer get an importance, for what the network knew before the
 * first task and for each task learned, and the parameters before a unit move with 1 − importance of their step. The forward pass is
 * whole. A contrastive loss draws representations away from what the important units alone make of the same texts.
 *
 *     I_l = normalised 1/N Σₙ |∂L(xₙ) / ∂g_l|,    gates g_l = 1 on heads, feed-forward units and outputs
 *     L(x) = KL(f(x; dropout a) ‖ f(x; dropout b)) before the first task, the task's own loss after each
 *     I ← max(I, I_l),    Δθ_l ← (1 − I_l) Δθ_l
 *     L + λ mean −log exp s(z1ᵢ, z2ᵢ) / Σⱼ [exp s(z1ᵢ, z2ⱼ) + exp s(z1ᵢ, z3ⱼ)],    z3 with gates I
 *
 * Ke, Shao, Lin, Konishi, Kim & Liu, "Continual pre-training of language models", ICLR 2023, arXiv 2302.03241. For transformers of any
 * objective, and for other networks with activations. Keeps a number a unit and one a column of each protected kernel; a step costs about
 * four forward and backward passes, of which three are the contrastive loss; a pass over each task's data comes after it. Embeddings,
 * normalisations and the classifier are not protected.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT for a network without such units, and at the first task if general
 *   knowledge is to be measured and the network has no dropout.
 * @example new Learner({ model, objective: maskedLanguageModel({ mask, vocabulary }), optimizer: adamW(1e-4), scenario: 'domain', strategy: das() })
 */
export function das(options: DasOptions = {}) {
  checkKnown('das', options, ['on', 'importance', 'general', 'signed', 'contrast', 'temperature']);
  const { on = 'updates', importance = 'gates', general = 1000, signed = false, contrast = 1, temperature = 0.05 } = options;
  checkOneOf('das', 'on', on, ['updates', 'gradients', 'nothing']);
  if (typeof importance === 'number') checkNumber('das', 'importance', importance, { min: 0, max: 1 });
  else checkOneOf('das', 'importance', importance, ['gates', 'random']);
  if (general !== false) checkInteger('das', 'general', general, { min: 1 });
  checkBoolean('das', 'signed', signed);
  checkNumber('das', 'contrast', contrast, { min: 0 });
  checkNumber('das', 'temperature', temperature, { above: 0 });

  /** What stands in for a measurement. */
  const control = (ctx: GraphContext): NamedTensorMap =>
    atGates(ctx, (count) => (typeof importance === 'number' ? tf.fill([count], importance) : tf.abs(tf.tanh(ctx.normal([count])))));

  const normalized = (raw: NamedTensorMap) => map((values) => unitImportance(values, signed), raw);

  const softMask = (_ctx: GraphContext, values: NamedTensorMap, { passes }: State) =>
    passes ? map((value, name) => (passes[name] ? tf.mul(value, passes[name]) : value), values) : values;

  /** The gradient of each example's loss by its gates, over the task's data. */
  const scan: Scan<State, NamedTensorMap> = {
    start: (ctx) => atGates(ctx, (count) => tf.zeros([count])),
    add(ctx, sums, batch) {
      const gradients = gateGradients(ctx, batch, (at) => ctx.rowLosses(ctx.forward(batch.x, undefined, { at }), batch));
      return zip((sum, each) => tf.add(sum, tf.sum(signed ? each : tf.abs(each), 0)), sums, gradients);
    },
  };

  const knowing = (ctx: GraphContext, before: State, found: NamedTensorMap): State => {
    const importance = before.importance ? zip(tf.maximum, before.importance, found) : found;
    return { importance, passes: passThrough(ctx.model, importance) };
  };

  return defineStrategy({
    name: 'das',
    options: { on, importance, general, signed, contrast, temperature },
    requires: ['boundaries', 'sites'],
    init({ model }): State {
      // A model that cannot be protected is refused now, not after the first task.
      checkGates(model);
      representationSite(model);
      return { importance: null, passes: null };
    },

    beforeTask(ctx, state): State {
      if (general === false || state.importance || ctx.past.length > 0) return state;
      return knowing(ctx, state, importance === 'gates' ? normalized(generalImportance(ctx, general, signed)) : control(ctx));
    },

    loss: (ctx, { batch }, { importance }) =>
      importance && contrast > 0 ? (tf.mul(contrast, contrastWithKnown(ctx, batch, importance, temperature)) as Scalar) : null,

    ...(on !== 'nothing' && { [on]: softMask }),

    ...(importance === 'gates' && { scan }),

    afterTask: (ctx, state, sums: NamedTensorMap | null): State => knowing(ctx, state, sums ? normalized(sums) : control(ctx)),

    /** The mean importance of all units. */
    measure: (_ctx, { importance }) => ({ importance: importance ? meanOf(importance) : tf.scalar(0) }),
  });
}

/** A tensor for each site with gates. */
const atGates = ({ model }: GraphContext, make: (count: number) => Tensor): NamedTensorMap =>
  Object.fromEntries(gateSites(model).map((site) => [site.name, make(gateCount(site))]));

/**
 * Importance in [0, 1] of the units of a layer, from the standard scores z of what was measured: tanh(max(0, z)) of magnitudes, so that less
 * is never more important, and |tanh z| of sums with signs, as in the authors' code.
 */
export function unitImportance(raw: Tensor, signed: boolean): Tensor {
  const score = standardScore(raw);
  return signed ? tf.abs(tf.tanh(score)) : tf.tanh(tf.maximum(score, 0));
}

function checkGates(model: Model): void {
  if (gateSites(model).length > 0) return;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `das() has a gate for each unit, and '${model.name}' has no site of kind 'heads' or 'activation'. Use a model of @cl/models.`,
  );
}

const meanOf = (importance: NamedTensorMap) => tf.mean(tf.concat(Object.values(importance))) as Scalar;
