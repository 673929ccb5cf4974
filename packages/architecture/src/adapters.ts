import {
  ContinualLearningError,
  checkInteger,
  checkList,
  checkNumber,
  checkOneOf,
  type Model,
  matMul,
  named,
  type ParameterSpec,
  pick,
} from '@cl/core';
import type { NamedTensorMap, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface AdapterOptions {
  /** r, at least 1: (inputs + outputs) × r numbers are trained in the place of a kernel. */
  readonly rank: number;
  /** α > 0: what an adapter says is multiplied by α / r. Default 2 r, as in Biderman et al. */
  readonly alpha?: number;
  /** Which kernels: those whose names have one of these words in them. Default: all kernels of layers below the classifier. */
  readonly match?: readonly string[];
  /** What becomes of the classifier's own parameters. Default 'trained', since its outputs are of the tasks. */
  readonly head?: 'trained' | 'frozen';
}

export const ADAPTER_OPTIONS = ['rank', 'alpha', 'match', 'head'] as const;

/** The options with their defaults. Throws CL_OPTION for those outside their ranges. */
export function checkAdapters(who: string, { rank, alpha = 2 * rank, match, head = 'trained' }: AdapterOptions) {
  checkInteger(who, 'rank', rank, { min: 1 });
  checkNumber(who, 'alpha', alpha, { above: 0 });
  if (match !== undefined) checkList(who, 'match', match, (word, name) => checkWord(who, name, word));
  checkOneOf(who, 'head', head, ['trained', 'frozen']);
  return { rank, scale: alpha / rank, match: match ?? null, head, options: { rank, alpha, match: match ?? null, head } };
}

function checkWord(who: string, option: string, word: unknown): string {
  if (typeof word === 'string' && word !== '') return word;
  throw new ContinualLearningError(
    'CL_OPTION',
    `${who}(): ${option} must be a part of a parameter's name, received ${JSON.stringify(word)}.`,
  );
}

const ADAPTER = /^(.+)\/lora(\d*)\/[ab]$/;

/** Which adapter of its kernel a parameter belongs to: '' or a number; null for one of the network itself. */
export const adapterOf = (parameter: string): string | null => ADAPTER.exec(parameter)?.[2] ?? null;

interface Adapters {
  readonly rank: number;
  readonly match: readonly string[] | null;
  /** What tells the adapters of a kernel apart. */
  readonly names: readonly string[];
}

/** The model with pairs of matrices beside its kernels: A [inputs, rank], drawn, and B [rank, outputs], zeros. */
export function withAdapters(who: string, model: Model, adapters: Adapters): Model {
  const { rank, names } = adapters;
  const added = adaptable(who, model, adapters.match).flatMap((kernel) => {
    const { shape } = model.parameters[kernel]!;
    const [inputs, outputs] = [shape.slice(0, -1).reduce((product, length) => product * length, 1), shape.at(-1)!];
    return names.flatMap((name): [string, ParameterSpec][] => [
      // As wide as the uniform draws in ±1 / √inputs that most libraries begin with.
      [
        `${kernel}/lora${name}/a`,
        { shape: [inputs, rank], role: 'trunk', initializer: { name: 'normal', deviation: 1 / Math.sqrt(3 * inputs) } },
      ],
      [`${kernel}/lora${name}/b`, { shape: [rank, outputs], role: 'trunk', initializer: 'zeros' }],
    ]);
  });
  return {
    ...model,
    parameters: { ...model.parameters, ...Object.fromEntries(added) },
    ...(model.grow && { grow: (count: number) => withAdapters(who, model.grow!(count), adapters) }),
  };
}

/**
 * Kernels that get adapters. Of convolutions, all axes but the last are inputs. A model that does not say which of its matrices are kernels of
 * layers, such as one of Keras-style layers, has them beside all.
 */
function adaptable(who: string, { name: model, parameters }: Model, match: readonly string[] | null): readonly string[] {
  const matrices = Object.keys(parameters).filter((name) => parameters[name]!.shape.length > 1);
  const below = matrices.filter((name) => parameters[name]!.role === 'trunk');
  const kernels = below.filter((name) => parameters[name]!.use);
  const chosen = match ? matrices.filter((name) => match.some((word) => name.includes(word))) : kernels.length > 0 ? kernels : below;
  if (chosen.length > 0) return chosen;
  const missing = match ? `with '${match.join("' or '")}' in its name. It has: ${matrices.join(', ') || 'none'}` : 'below its classifier';
  throw new ContinualLearningError('CL_REQUIREMENT', `'${who}' puts adapters beside kernels; '${model}' has none ${missing}.`);
}

/** Each kernel with what its adapters add to it: W + α / r · Σ A B. */
export function adapted(parameters: NamedTensorMap, scale: number): NamedTensorMap {
  const seen = { ...parameters };
  for (const name of Object.keys(parameters)) {
    if (!name.endsWith('/a') || adapterOf(name) === null) continue;
    const kernel = ADAPTER.exec(name)![1]!;
    const product = matMul(named(parameters, name) as Tensor2D, named(parameters, `${name.slice(0, -1)}b`) as Tensor2D);
    const values = named(seen, kernel);
    seen[kernel] = tf.add(values, tf.reshape(tf.mul(product, scale), values.shape));
  }
  return seen;
}

/**
 * The parameters of the network itself with those of its adapters in them, by the names that the model has without: what is served, and costs
 * nothing more than the model. Call it within `tf.tidy`.
 *
 * @param options Those that `lora` or `olora` was made with.
 * @example
 * const adapters = { rank: 8 };
 * const learner = new Learner({ model, parameters, optimizer: adam(2e-4), scenario: 'domain', strategy: lora(adapters) });
 * // …
 * const served = tf.tidy(() => mergeAdapters(learner.parameters(), adapters)); // parameters of `model`
 */
export function mergeAdapters(parameters: NamedTensorMap, options: AdapterOptions): NamedTensorMap {
  const { scale } = checkAdapters('mergeAdapters', options);
  return pick(adapted(parameters, scale), (name) => adapterOf(name) === null);
}
