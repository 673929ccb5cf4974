import { type AtSite, biasAdd, dense, type Model, named, type ParameterSpec, type Site } from '@cl/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** A classifier and nothing below it: 'top/kernel' [inputs, outputs] and 'top/bias'. */
export function linear({ inputs, outputs }: { readonly inputs: number; readonly outputs: number }): Model {
  const [kernel, bias] = ['top/kernel', 'top/bias'];
  const initializer = { name: 'pytorchUniform', fanIn: inputs, fanOut: outputs } as const;
  const features: Site = { name: 'features', kind: 'features', units: inputs };
  const input: Site = { name: 'top/input', kind: 'input', units: inputs, feeds: [kernel] };
  const preactivation: Site = { name: 'top/preactivation', kind: 'preactivation', units: outputs, fedBy: [kernel, bias] };
  return {
    name: `linear-${inputs}-${outputs}`,
    inputs: [inputs],
    outputs,
    parameters: {
      [kernel]: { shape: [inputs, outputs], role: 'head', use: { op: 'dense' }, initializer },
      [bias]: { shape: [outputs], role: 'head', initializer } satisfies ParameterSpec,
    },
    sites: [features, input, preactivation],
    apply(parameters, x, { at = asItIs } = {}) {
      const seen = at(input, at(features, x as Tensor));
      return {
        outputs: at(preactivation, biasAdd(dense(seen, named(parameters, kernel) as Tensor2D), named(parameters, bias) as Tensor1D)),
      };
    },
    grow: (count) => linear({ inputs, outputs: outputs + count }),
  };
}

const asItIs: AtSite = (_site, value) => value;
