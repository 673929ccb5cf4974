import {
  type ApplyOptions,
  biasAdd,
  ContinualLearningError,
  checkInteger,
  checkKnown,
  checkList,
  checkNumber,
  checkOneOf,
  conv2d,
  dropout,
  foldSeed,
  type Model,
  maxPool,
  named,
  relu,
  type Site,
} from '@cl/core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { denseLayer, INITIALIZERS, type Initializer, kernelAndBias, type Layer } from './dense-layer.js';

export interface CnnOptions {
  /** Height, width and channels of an input image. */
  readonly inputs: readonly [number, number, number];
  /** Filters of each 3 × 3 convolution; the image is halved after each but the first. Default [32, 64]. */
  readonly filters?: readonly number[];
  /** Units of the dense layer before the head. Default 128. */
  readonly hidden?: number;
  readonly outputs: number;
  /** Share of the dense layer's units that are dropped in training, [0, 1). Default 0. */
  readonly dropout?: number;
  /** How kernels begin. Default 'pytorchUniform'. */
  readonly initializer?: Initializer;
}

/**
 * A small convolutional network: 3 × 3 convolutions with ReLU, max-pooling, a dense layer and a linear head. Input
 * [batch, height, width, channels], output [batch, outputs]. Parameters: 'conv0/kernel' [3, 3, channels, filters], 'conv0/bias', …,
 * 'dense0/kernel', 'dense0/bias', 'head/kernel', 'head/bias'.
 *
 * @example cnn({ inputs: [28, 28, 1], outputs: 10 })
 */
export function cnn(options: CnnOptions): Model {
  checkKnown('cnn', options, ['inputs', 'filters', 'hidden', 'outputs', 'dropout', 'initializer']);
  const { inputs, filters = [32, 64], hidden = 128, outputs, dropout: rate = 0, initializer = 'pytorchUniform' } = options;
  checkList('cnn', 'inputs', inputs, (length, name) => checkInteger('cnn', name, length, { min: 1 }));
  checkList('cnn', 'filters', filters, (count, name) => checkInteger('cnn', name, count, { min: 1 }));
  checkInteger('cnn', 'hidden', hidden, { min: 1 });
  checkInteger('cnn', 'outputs', outputs, { min: 1 });
  checkNumber('cnn', 'dropout', rate, { min: 0, below: 1 });
  checkOneOf('cnn', 'initializer', initializer, INITIALIZERS);
  if (inputs.length !== 3) throw refusal('inputs', inputs, 'must be height, width and channels');

  const [height, width, channels] = inputs;
  const halved = (length: number) => filters.slice(1).reduce((half) => Math.floor(half / 2), length);
  const flat = halved(height) * halved(width) * (filters.at(-1) ?? channels);
  if (flat === 0)
    throw refusal('filters', filters, `are too many: an image of ${height} × ${width} cannot be halved ${filters.length - 1} times`);
  const convolutions = filters.map((count, i) =>
    convolution({ name: `conv${i}`, channels: filters[i - 1] ?? channels, filters: count, initializer }),
  );
  const hiddenLayer = denseLayer({ name: 'dense0', inputs: flat, units: hidden, role: 'trunk', initializer });
  const head = denseLayer({ name: 'head', inputs: hidden, units: outputs, role: 'head', initializer });
  const layers = [...convolutions, hiddenLayer, head];

  return {
    name: `cnn-${[...inputs, ...filters, hidden, outputs].join('-')}`,
    inputs,
    outputs,
    parameters: Object.assign({}, ...layers.map((layer) => layer.parameters)),
    sites: layers.flatMap((layer) => layer.sites),
    apply(parameters, x, options = {}) {
      const image = convolutions.reduce((value, layer, i) => {
        const active = layer.apply(parameters, value, options);
        return i === 0 ? active : maxPool(active as Tensor4D, 2, 2);
      }, x as Tensor);
      const dense = hiddenLayer.apply(parameters, tf.reshape(image, [image.shape[0]!, flat]), options);
      const kept = rate > 0 && options.training && options.seed ? dropout(dense, rate, foldSeed(options.seed, 0)) : dense;
      return { outputs: head.apply(parameters, kept, options) };
    },
    grow: (count) => cnn({ ...options, outputs: outputs + count }),
  };
}

const refusal = (option: string, value: readonly number[], problem: string) =>
  new ContinualLearningError('CL_OPTION', `cnn({ ${option}: [${value.join(', ')}] }): ${option} ${problem}.`);

/** A 3 × 3 convolution that keeps the image's size, with ReLU. */
function convolution({
  name,
  channels,
  filters,
  initializer,
}: {
  name: string;
  channels: number;
  filters: number;
  initializer: Initializer;
}): Layer {
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  const use = { op: 'conv2d', strides: 1, padding: 'same' } as const;
  const input: Site = { name: `${name}/input`, kind: 'input', units: channels, feeds: [kernel] };
  const preactivation: Site = { name: `${name}/preactivation`, kind: 'preactivation', units: filters, fedBy: [kernel, bias] };
  const activation: Site = { name, kind: 'activation', units: filters, fedBy: [kernel, bias] };
  const see = (at: ApplyOptions['at'], site: Site, value: Tensor) => (at ? at(site, value) : value);
  return {
    parameters: kernelAndBias(name, [3, 3, channels, filters], 9 * channels, 9 * filters, 'trunk', use, initializer),
    sites: [input, preactivation, activation],
    apply(parameters, x, { at }) {
      const seen = see(at, input, x) as Tensor4D;
      const summed = conv2d(seen, named(parameters, kernel) as Tensor4D, use.strides, use.padding);
      return see(at, activation, relu(see(at, preactivation, biasAdd(summed, named(parameters, bias) as Tensor1D))));
    },
  };
}
