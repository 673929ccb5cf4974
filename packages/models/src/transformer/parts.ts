import { type ApplyOptions, dense, dropout, foldSeed, named, type ParameterSpec, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** Parameters and sites of a part of a network, in the order in which it passes them. */
export interface Part {
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  readonly sites: readonly Site[];
}

/** A part that takes one tensor to another. */
export interface Through extends Part {
  apply(parameters: NamedTensorMap, x: Tensor, options: ApplyOptions): Tensor;
}

export interface LinearOptions {
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Default 'trunk'. */
  readonly role?: ParameterSpec['role'];
  /** Of the normal distribution that kernels are drawn from; biases begin at 0. */
  readonly deviation: number;
}

/** x · kernel + bias over the last axis, with a site before and one behind. */
export function linear({ name, inputs, units, bias: hasBias = true, role = 'trunk', deviation }: LinearOptions): Through {
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  const fedBy = hasBias ? [kernel, bias] : [kernel];
  const input: Site = { name: `${name}/input`, kind: 'input', units: inputs, feeds: [kernel] };
  const preactivation: Site = { name: `${name}/preactivation`, kind: 'preactivation', units, fedBy };
  return {
    parameters: {
      [kernel]: { shape: [inputs, units], role, use: { op: 'dense' }, initializer: { name: 'normal', deviation } },
      ...(hasBias && { [bias]: { shape: [units], role, initializer: 'zeros' as const } }),
    },
    sites: [input, preactivation],
    apply(parameters, x, { at = asItIs }) {
      const added = hasBias ? (named(parameters, bias) as Tensor1D) : undefined;
      return at(preactivation, dense(at(input, x), named(parameters, kernel) as Tensor2D, added));
    },
  };
}

export const asItIs = (_site: Site, value: Tensor): Tensor => value;

/** The parameters of several parts. */
export const parametersOf = (parts: readonly Part[]): Part['parameters'] => Object.assign({}, ...parts.map((part) => part.parameters));

/** Dropout in a training step; `index` tells the places of one part apart. */
export const dropped = (x: Tensor, rate: number, index: number, { training, seed }: ApplyOptions): Tensor =>
  rate > 0 && training && seed ? dropout(x, rate, foldSeed(seed, index)) : x;

/** The options for one of several parts, with a seed of its own. */
export const within = (options: ApplyOptions, index: number): ApplyOptions =>
  options.training && options.seed ? { ...options, seed: foldSeed(options.seed, index) } : options;
