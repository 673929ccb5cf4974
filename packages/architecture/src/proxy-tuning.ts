import { ContinualLearningError, checkKnown, checkNumber, type Model, type TensorTree } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { runAll, together } from './modules/members.js';
import { prefixed } from './modules/prefixed.js';
import { still } from './modules/still.js';

/** From inputs to logits [batch, …, outputs], with parameters in it: what a text is generated from. */
export type LogitsOf = (x: TensorTree) => Tensor;

/**
 * A model with its parameters, as a function of inputs alone.
 *
 * @example const logits = logitsOf(model, parameters)({ ids }) // [batch, sequence, vocabulary]
 */
export const logitsOf =
  (model: Model, parameters: NamedTensorMap): LogitsOf =>
  (x) =>
    model.apply(parameters, x).outputs;

/** Three of a kind: functions, or models. */
export interface ProxyParts<Part> {
  /** M, which may be large, and may go on learning. */
  readonly base: Part;
  /** M⁺, a model that is aligned. */
  readonly expert: Part;
  /** M⁻, what the expert was before. */
  readonly antiExpert: Part;
}

export interface ProxyTuningOptions {
  /** α: 0 is the base alone, 1 the paper's. More follows the expert more. Default 1. */
  readonly alpha?: number;
}

/**
 * Proxy-tuning: what an expert says differently from what it said before it was tuned, added to another model's logits. No weight is touched,
 * so alignment cannot be forgotten while the base goes on learning.
 *
 *     p(y | x) = softmax(s_M + α (s_M⁺ − s_M⁻))
 *
 * Liu et al., "Tuning language models by proxy", COLM 2024, arXiv 2401.08565; with log-probabilities in place of logits, Mitchell et al., "An
 * emulator for fine-tuning large language models", ICLR 2024, arXiv 2310.12962: the same distribution. All three have the same vocabulary. Costs
 * three forward passes. Two models of the same logits cancel: with M = M⁻ and α = 1 it is the expert, with M⁺ = M⁻ the base.
 *
 * @throws CL_SHAPE, when it is called, where they differ in their numbers of outputs; CL_OPTION.
 * @example
 * const logits = proxyLogits({ base: logitsOf(model, knowledge), expert: logitsOf(model, chat), antiExpert: logitsOf(model, base) });
 * const [next] = await tf.argMax(logits({ ids }), -1).data();
 */
export function proxyLogits(parts: ProxyParts<LogitsOf>, options: ProxyTuningOptions = {}): LogitsOf {
  const alpha = alphaOf('proxyLogits', options);
  return (x) => {
    const [base, expert, antiExpert] = [parts.base(x), parts.expert(x), parts.antiExpert(x)];
    if (`${expert.shape}` !== `${base.shape}` || `${antiExpert.shape}` !== `${base.shape}`) {
      throw new ContinualLearningError(
        'CL_SHAPE',
        `proxyLogits(): the base gives logits [${base.shape}], the expert [${expert.shape}], the anti-expert [${antiExpert.shape}]. All must have one vocabulary.`,
      );
    }
    return shifted([base, expert, antiExpert], alpha);
  };
}

/**
 * Proxy-tuning as a model, whose parameters are those of all three: 'base/…', 'expert/…', 'antiExpert/…'. Expert and anti-expert are evaluated as
 * they are, without dropout, in training too. See `proxyLogits`.
 *
 * @throws CL_MODEL where they differ in their numbers of outputs; CL_OPTION.
 * @example const model = proxyTuning({ base: large, expert: small, antiExpert: small }, { alpha: 1.5 })
 */
export function proxyTuning(models: ProxyParts<Model>, options: ProxyTuningOptions = {}): Model {
  const alpha = alphaOf('proxyTuning', options);
  const { base, expert, antiExpert } = models;
  if (expert.outputs !== base.outputs || antiExpert.outputs !== base.outputs) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `proxyTuning(): '${base.name}' has ${base.outputs} outputs, the expert ${expert.outputs}, the anti-expert ${antiExpert.outputs}. All must have one vocabulary.`,
    );
  }
  const members = [prefixed('base', base), still(prefixed('expert', expert)), still(prefixed('antiExpert', antiExpert))];
  return {
    ...together('proxyTuning', members),
    name: `${base.name} + ${alpha} × (${expert.name} − ${antiExpert.name})`,
    inputs: base.inputs,
    outputs: base.outputs,
    apply(...call) {
      const { outputs, buffers } = runAll(members, call);
      return { outputs: shifted(outputs, alpha), buffers };
    },
  };
}

function alphaOf(who: string, options: ProxyTuningOptions): number {
  checkKnown(who, options, ['alpha']);
  const { alpha = 1 } = options;
  return checkNumber(who, 'alpha', alpha);
}

/** s_M + α (s_M⁺ − s_M⁻) */
const shifted = ([base, expert, antiExpert]: readonly Tensor[], alpha: number): Tensor =>
  tf.add(base!, tf.mul(alpha, tf.sub(expert!, antiExpert!)));
