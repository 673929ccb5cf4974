import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AtSite, KernelUse, Model, ParameterSpec, Site } from '../model/model.js';
import { biasAdd, conv2d, dense, dropout as dropped, foldSeed, relu } from '../ops/index.js';
import { named } from '../tree.js';

export interface TinyMlpOptions {
  /** Size of an input row. Default 4. */
  readonly inputs?: number;
  /** Units of the hidden layers. Default [6, 5]. */
  readonly hidden?: readonly number[];
  /** Default 4. */
  readonly outputs?: number;
  /** Share of hidden units that are dropped in training. Default 0. */
  readonly dropout?: number;
}

/** Dense layers with ReLU and a linear head, small enough for a step in milliseconds. Sites as in the models of @cl/models. */
export function tinyMlp(options: TinyMlpOptions = {}): Model {
  const { inputs = 4, hidden = [6, 5], outputs = 4, dropout = 0 } = options;
  const layers = [...hidden, outputs].map((units, i, all) =>
    layer(i === hidden.length ? 'head' : `dense${i}`, [all[i - 1] ?? inputs, units], { op: 'dense' }),
  );
  return modelOf({
    name: 'tiny-mlp',
    inputs: [inputs],
    outputs,
    layers,
    dropout,
    grow: (count) => tinyMlp({ ...options, outputs: outputs + count }),
  });
}

export interface TinyCnnOptions {
  /** Height, width and channels of an image. Default [6, 6, 1]. */
  readonly inputs?: readonly [number, number, number];
  /** Filters of the two convolutions. Default [2, 3]. */
  readonly filters?: readonly [number, number];
  /** Default 4. */
  readonly outputs?: number;
  /** Share of hidden units that are dropped in training. Default 0. */
  readonly dropout?: number;
}

/** Two 3 × 3 convolutions with ReLU, the second one with strides of 2, and a linear head. */
export function tinyCnn(options: TinyCnnOptions = {}): Model {
  const { inputs = [6, 6, 1], filters = [2, 3], outputs = 4, dropout = 0 } = options;
  const [height, width, channels] = inputs;
  const flat = Math.ceil(height / 2) * Math.ceil(width / 2) * filters[1];
  const layers = [
    layer('conv0', [3, 3, channels, filters[0]], { op: 'conv2d', strides: 1, padding: 'same' }),
    layer('conv1', [3, 3, filters[0], filters[1]], { op: 'conv2d', strides: 2, padding: 'same' }),
    layer('head', [flat, outputs], { op: 'dense' }),
  ];
  return modelOf({
    name: 'tiny-cnn',
    inputs,
    outputs,
    layers,
    dropout,
    grow: (count) => tinyCnn({ ...options, outputs: outputs + count }),
  });
}

interface Layer {
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  readonly sites: readonly Site[];
  apply(parameters: NamedTensorMap, x: Tensor, at: AtSite): Tensor;
}

function layer(name: string, shape: readonly number[], use: KernelUse): Layer {
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  const [inputs, units] = [shape.at(-2)!, shape.at(-1)!];
  const role = name === 'head' ? 'head' : 'trunk';
  const fanIn = shape.slice(0, -1).reduce((product, length) => product * length, 1);
  const initializer = { name: 'pytorchUniform', fanIn, fanOut: units } as const;
  const features: Site = { name: 'features', kind: 'features', units: inputs };
  const input: Site = { name: `${name}/input`, kind: 'input', units: inputs, feeds: [kernel] };
  const preactivation: Site = { name: `${name}/preactivation`, kind: 'preactivation', units, fedBy: [kernel, bias] };
  const activation: Site = { name, kind: 'activation', units, fedBy: [kernel, bias] };
  return {
    parameters: {
      [kernel]: { shape, role, use, initializer },
      [bias]: { shape: [units], role, initializer },
    },
    sites: role === 'head' ? [features, input, preactivation] : [input, preactivation, activation],
    apply(parameters, x, at) {
      const rows = use.op === 'dense' && x.rank > 2 ? tf.reshape(x, [x.shape[0]!, -1]) : x;
      const seen = at(input, role === 'head' ? at(features, rows) : rows);
      const [k, b] = [named(parameters, kernel), named(parameters, bias) as Tensor1D];
      const sum =
        use.op === 'dense' ? dense(seen, k as Tensor2D, b) : biasAdd(conv2d(seen as Tensor4D, k as Tensor4D, use.strides, use.padding), b);
      const z = at(preactivation, sum);
      return role === 'head' ? z : at(activation, relu(z));
    },
  };
}

const asItIs: AtSite = (_site, value) => value;

type Parts = Pick<Model, 'name' | 'inputs' | 'outputs'> &
  Required<Pick<Model, 'grow'>> & { readonly layers: readonly Layer[]; readonly dropout: number };

const modelOf = ({ name, inputs, outputs, layers, dropout, grow }: Parts): Model => ({
  name,
  inputs,
  outputs,
  parameters: Object.assign({}, ...layers.map(({ parameters }) => parameters)),
  sites: layers.flatMap(({ sites }) => sites),
  apply(parameters, x, { training = false, seed, at = asItIs } = {}) {
    const value = layers.reduce((below, { apply }, i) => {
      const above = apply(parameters, below, at);
      return training && seed && dropout > 0 && i < layers.length - 1 ? dropped(above, dropout, foldSeed(seed, i)) : above;
    }, x as Tensor);
    return { outputs: value };
  },
  grow,
});
