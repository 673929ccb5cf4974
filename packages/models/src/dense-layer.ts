import { type ApplyOptions, dense, named, type ParameterSpec, relu, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

export const INITIALIZERS = ['pytorchUniform', 'heUniform', 'glorotUniform'] as const;

/** How kernels begin. */
export type Initializer = (typeof INITIALIZERS)[number];

/** Parameters, sites and forward pass of one layer. */
export interface Layer {
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  readonly sites: readonly Site[];
  apply(parameters: NamedTensorMap, x: Tensor, options: ApplyOptions): Tensor;
}

/** Kernel and bias of a layer that sees `fanIn` inputs, by PyTorch's rule or another. */
export function kernelAndBias(
  name: string,
  shape: readonly number[],
  fanIn: number,
  fanOut: number,
  role: ParameterSpec['role'],
  use: NonNullable<ParameterSpec['use']>,
  initializer: Initializer,
) {
  const bias = initializer === 'pytorchUniform' ? ({ name: initializer, fanIn, fanOut } as const) : ('zeros' as const);
  return {
    [`${name}/kernel`]: { shape, role, use, initializer: { name: initializer, fanIn, fanOut } },
    [`${name}/bias`]: { shape: [shape.at(-1)!], role, initializer: bias },
  } satisfies Record<string, ParameterSpec>;
}

/** A dense layer; in the trunk with ReLU, as the head without. */
export function denseLayer({
  name,
  inputs,
  units,
  role,
  initializer,
}: {
  name: string;
  inputs: number;
  units: number;
  role: 'trunk' | 'head';
  initializer: Initializer;
}): Layer {
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  const features: Site = { name: 'features', kind: 'features', units: inputs };
  const input: Site = { name: `${name}/input`, kind: 'input', units: inputs, feeds: [kernel] };
  const preactivation: Site = { name: `${name}/preactivation`, kind: 'preactivation', units, fedBy: [kernel, bias] };
  const activation: Site = { name, kind: 'activation', units, fedBy: [kernel, bias] };
  const see = (at: ApplyOptions['at'], site: Site, value: Tensor) => (at ? at(site, value) : value);
  return {
    parameters: kernelAndBias(name, [inputs, units], inputs, units, role, { op: 'dense' }, initializer),
    sites: role === 'head' ? [features, input, preactivation] : [input, preactivation, activation],
    apply(parameters, x, { at }) {
      const seen = see(at, input, role === 'head' ? see(at, features, x) : x) as Tensor2D;
      const z = see(at, preactivation, dense(seen, named(parameters, kernel) as Tensor2D, named(parameters, bias) as Tensor1D));
      return role === 'head' ? z : see(at, activation, relu(z));
    },
  };
}
