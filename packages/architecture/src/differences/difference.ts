import { ContinualLearningError, checkKnown, checkNumber, map, named, zip } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * What training has changed, as a vector in the space of weights: Δ = θ_tuned − θ_base, of all parameters, biases and gains too. Called a
 * chat vector where the training taught a language model to chat (Huang et al., "Chat vector", ACL 2024, arXiv 2310.04799), a task vector in
 * general (Ilharco et al., "Editing models with task arithmetic", ICLR 2023, arXiv 2212.04089).
 *
 * A table that is both the embedding and the kernel of the last layer is one parameter, and so is subtracted once. Take the difference of
 * parameters as they were trained, in float32: of files in half precision, most of a small change is lost. A function of tensors, of which
 * the result is yours to dispose; gradients flow through it.
 *
 * @throws CL_MODEL where one has a parameter that the other lacks, or of another shape.
 * @example const aligned = difference(chat, base)
 */
export function difference(tuned: NamedTensorMap, base: NamedTensorMap): NamedTensorMap {
  checkSameParameters('difference', base, tuned);
  return zip(tf.sub, tuned, base);
}

export interface AddDifferenceOptions {
  /** ρ: 1 adds all of it, 0 nothing, −1 takes it back. Default 1. */
  readonly scale?: number;
}

/**
 * Parameters with a difference added: θ + ρ Δ. So what was learned beside is joined without a step of training: where θ has gone on learning
 * from raw text since the difference was taken from its base, θ + Δ knows the text and still chats (Huang et al., 2024). Several differences
 * are added one after the other; the order does not matter.
 *
 * It is safe while θ has moved little from the base, and not along Δ: see `overlap`. Whether both have the same base, `checkOrigin` knows.
 * Parameters that the difference does not have stay as they are. Makes tensors in between, so call it within `tf.tidy`.
 *
 * @throws CL_MODEL where the difference has a parameter that is not there, or of another shape; CL_OPTION.
 * @example const served = tf.tidy(() => addDifference(knowledge, aligned, { scale: 0.5 }))
 */
export function addDifference(parameters: NamedTensorMap, difference: NamedTensorMap, options: AddDifferenceOptions = {}): NamedTensorMap {
  checkKnown('addDifference', options, ['scale']);
  const { scale = 1 } = options;
  checkNumber('addDifference', 'scale', scale);
  checkHolds('addDifference', 'the parameters', parameters, difference);
  return map((values, name) => {
    if (!difference[name]) return tf.clone(values);
    const change = named(difference, name);
    return tf.add(values, scale === 1 ? change : tf.mul(change, scale));
  }, parameters);
}

/** Throws CL_MODEL unless both are values of the same parameters. */
export function checkSameParameters(who: string, first: NamedTensorMap, second: NamedTensorMap): void {
  checkHolds(who, 'the first', first, second);
  checkHolds(who, 'the second', second, first);
}

/** Throws CL_OPTION for what is no tensors by name. */
export function checkParameters(who: string, given: NamedTensorMap): void {
  if (typeof given === 'object' && given !== null && Object.values(given).every((tensor) => Array.isArray(tensor?.shape))) return;
  const received = given === null ? 'null' : Array.isArray(given) ? 'a list' : typeof given;
  throw new ContinualLearningError('CL_OPTION', `${who}(): expected tensors by name, as learner.parameters() gives, received ${received}.`);
}

/** Throws CL_MODEL where `those` lacks one of `wanted`, or has it with another shape. */
function checkHolds(who: string, those: string, all: NamedTensorMap, wanted: NamedTensorMap): void {
  checkParameters(who, all);
  checkParameters(who, wanted);
  for (const [name, { shape }] of Object.entries(wanted)) {
    const found = all[name]?.shape;
    if (found && `${found}` === `${shape}`) continue;
    const problem = found ? `have '${name}' of shape [${found}], not [${shape}]` : `have no '${name}'`;
    throw new ContinualLearningError(
      'CL_MODEL',
      `${who}(): ${those} ${problem}. Differences are between parameters of one model; after a change of the vocabulary, see mapTokens().`,
    );
  }
}
