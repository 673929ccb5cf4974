import { type AtSite, biasAdd, conv2d, dense, type Model, named, relu, type Site } from '@cl/core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface ConvArch {
  readonly input: readonly [number, number, number];
  readonly conv0: { readonly filters: number; readonly kernelSize: number };
  readonly heads: readonly number[];
}

const untouched: AtSite = (_, value) => value;

/** A 'valid' convolution of stride 1 with ReLU, flattened, and a linear head. */
export function convModel({ input: [height, width, channels], conv0: { filters, kernelSize }, heads }: ConvArch): Model {
  const flat = (height - kernelSize + 1) * (width - kernelSize + 1) * filters;
  const outputs = heads[0]!;
  const [kernel, bias, headKernel, headBias] = ['conv0/kernel', 'conv0/bias', 'head/kernel', 'head/bias'];
  const sites = {
    input: { name: 'conv0/input', kind: 'input', units: channels, feeds: [kernel] },
    preactivation: { name: 'conv0/preactivation', kind: 'preactivation', units: filters, fedBy: [kernel, bias] },
    headInput: { name: 'head/input', kind: 'input', units: flat, feeds: [headKernel] },
    headPreactivation: { name: 'head/preactivation', kind: 'preactivation', units: outputs, fedBy: [headKernel, headBias] },
  } as const satisfies Record<string, Site>;
  return {
    name: 'conv',
    inputs: [height, width, channels],
    outputs,
    parameters: {
      [kernel]: {
        shape: [kernelSize, kernelSize, channels, filters],
        initializer: 'zeros',
        role: 'trunk',
        use: { op: 'conv2d', strides: 1, padding: 'valid' },
      },
      [bias]: { shape: [filters], initializer: 'zeros', role: 'trunk' },
      [headKernel]: { shape: [flat, outputs], initializer: 'zeros', role: 'head', use: { op: 'dense' } },
      [headBias]: { shape: [outputs], initializer: 'zeros', role: 'head' },
    },
    sites: Object.values(sites),
    apply(parameters, x, { at = untouched } = {}) {
      const image = at(sites.input, x as Tensor) as Tensor4D;
      const summed = biasAdd(conv2d(image, named(parameters, kernel) as Tensor4D, 1, 'valid'), named(parameters, bias) as Tensor1D);
      const active = relu(at(sites.preactivation, summed));
      const features = at(sites.headInput, tf.reshape(active, [active.shape[0]!, flat]));
      const outputs = dense(features, named(parameters, headKernel) as Tensor2D, named(parameters, headBias) as Tensor1D);
      return { outputs: at(sites.headPreactivation, outputs) };
    },
  };
}
