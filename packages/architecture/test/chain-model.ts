import { biasAdd, conv2d, dense, type KernelUse, type Model, named, type ParameterSpec, relu, type Site } from '@cl/core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface ChainOptions {
  /** Height and width of an image. */
  readonly size: number;
  readonly channels: number;
  readonly kernelSize: number;
  readonly filters: readonly number[];
  readonly hidden: readonly number[];
  readonly outputs: number;
}

/** Convolutions that keep the image's size, dense layers after them, each with ReLU, and a linear head. */
export function chain({ size, channels, kernelSize, filters, hidden, outputs }: ChainOptions): Model {
  const flat = size * size * filters.at(-1)!;
  const layers = [
    ...filters.map((count, i) => ({ name: `conv${i}`, shape: [kernelSize, kernelSize, filters[i - 1] ?? channels, count] })),
    ...hidden.map((units, i) => ({ name: `dense${i}`, shape: [hidden[i - 1] ?? flat, units] })),
    { name: 'head', shape: [hidden.at(-1) ?? flat, outputs] },
  ];
  const use = (shape: readonly number[]): KernelUse =>
    shape.length === 4 ? { op: 'conv2d', strides: 1, padding: 'same' } : { op: 'dense' };
  const parametersOf = ({ name, shape }: (typeof layers)[number]): [string, ParameterSpec][] => {
    const role = name === 'head' ? 'head' : 'trunk';
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const initializer = { name: 'pytorchUniform', fanIn, fanOut: shape.at(-1)! } as const;
    return [
      [`${name}/kernel`, { shape, role, initializer, use: use(shape) }],
      [`${name}/bias`, { shape: [shape.at(-1)!], role, initializer }],
    ];
  };
  const sitesOf = ({ name, shape }: (typeof layers)[number]): Site[] => {
    const [units, fedBy] = [shape.at(-1)!, [`${name}/kernel`, `${name}/bias`]];
    return [
      { name: `${name}/input`, kind: 'input', units: shape.at(-2)!, feeds: [`${name}/kernel`] },
      { name: `${name}/preactivation`, kind: 'preactivation', units, fedBy },
      ...(name === 'head' ? [] : [{ name, kind: 'activation', units, fedBy } as const]),
    ];
  };
  const sites = new Map(layers.flatMap(sitesOf).map((site) => [site.name, site]));
  return {
    name: 'chain',
    inputs: [size, size, channels],
    outputs,
    parameters: Object.fromEntries(layers.flatMap(parametersOf)),
    sites: [...sites.values()],
    apply(parameters, x, { at = (_site: Site, value: Tensor) => value } = {}) {
      const result = layers.reduce((below, { name, shape }) => {
        const seen = at(
          sites.get(`${name}/input`)!,
          shape.length === 2 && below.rank === 4 ? tf.reshape(below, [below.shape[0]!, -1]) : below,
        );
        const [kernel, bias] = [named(parameters, `${name}/kernel`), named(parameters, `${name}/bias`) as Tensor1D];
        const sum =
          shape.length === 4
            ? biasAdd(conv2d(seen as Tensor4D, kernel as Tensor4D, 1, 'same'), bias)
            : dense(seen, kernel as Tensor2D, bias);
        const z = at(sites.get(`${name}/preactivation`)!, sum);
        return name === 'head' ? z : at(sites.get(name)!, relu(z));
      }, x as Tensor);
      return { outputs: result };
    },
    grow: (count) => chain({ size, channels, kernelSize, filters, hidden, outputs: outputs + count }),
  };
}
