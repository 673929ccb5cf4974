import type { NamedTensorMap, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { dropout, foldSeed } from '../ops/index.js';
import { map, named } from '../tree.js';
import type { Model, Output, ParameterSpec } from './model.js';

/** A weight of a Keras-style layer: the part of tfjs-layers' `LayerVariable` that is used here. */
interface LayerWeight {
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  read(): Tensor;
  write(value: Tensor): unknown;
}

interface KerasLayer {
  readonly name: string;
  readonly trainableWeights: readonly LayerWeight[];
  readonly nonTrainableWeights: readonly LayerWeight[];
  /** Where the layer is a model itself. */
  readonly layers?: readonly KerasLayer[];
  getClassName(): string;
  getConfig(): object;
  call(inputs: Tensor | Tensor[], options: { training?: boolean }): Tensor | Tensor[];
}

/** A `tf.LayersModel` with one input and one output. */
export interface KerasModel {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly { readonly shape: readonly (number | null)[] }[];
  readonly outputs: readonly { readonly shape: readonly (number | null)[] }[];
  apply(x: Tensor, options?: { training?: boolean }): unknown;
}

/**
 * Makes a Keras-style model of TensorFlow.js a pure function of named parameters. Its weights are read once, as start values
 * (`parameters`, with running statistics and the weights of frozen layers), and never written. The last layer that has weights to train
 * is the classifier.
 *
 * Parameters are named by kind and position, 'dense0/kernel', since tfjs's own names depend on what the process made before.
 * Such a model has no sites, so strategies that look inside a network refuse it. Dropout draws from the learner's seed.
 *
 * @throws CL_MODEL for a softmax at the end (strategies need logits), for several inputs or outputs, and for layers that are no pure
 *   functions: those that keep a state or draw noise of their own.
 * @example
 * const net = tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 100, activation: 'relu' }), tf.layers.dense({ units: 10 })] });
 * const { model, parameters } = fromLayers(net);
 * const learner = new Learner({ model, parameters, optimizer: sgd(0.1), scenario: 'class' });
 */
export function fromLayers(net: KerasModel): { readonly model: Model; readonly parameters: NamedTensorMap } {
  if (net.inputs.length !== 1 || net.outputs.length !== 1) {
    throw refusal(net, `has ${net.inputs.length} inputs and ${net.outputs.length} outputs; one of each can be used.`);
  }
  refuseSoftmax(net);
  const layers = allLayers(net.layers);
  for (const layer of layers) refuseImpure(net, layer);
  const dropouts = layers.filter((layer) => layer.getClassName() === 'Dropout');

  const trained = namedWeights(net, ({ trainableWeights }) => trainableWeights);
  const others = namedWeights(net, ({ nonTrainableWeights }) => nonTrainableWeights);
  const weights = new Map([...trained, ...others]);
  const last = [...trained.keys()].at(-1)?.split('/')[0];
  const specs = (part: Map<string, LayerWeight>) =>
    Object.fromEntries([...part].map(([name, { shape }]) => [name, specOf(name, shape as readonly number[], last)]));

  const model: Model = {
    name: net.name,
    inputs: net.inputs[0]!.shape.slice(1) as readonly number[],
    outputs: net.outputs[0]!.shape.at(-1)!,
    parameters: specs(trained),
    ...(others.size > 0 && { buffers: specs(others) }),
    sites: [],
    apply: (parameters, x, { training = false, frozen = false, seed } = {}) =>
      withDropout(dropouts, training ? seed : undefined, () =>
        withWeights(weights, parameters, () => net.apply(x as Tensor, { training: training && !frozen }) as Tensor),
      ),
  };
  return { model, parameters: Object.fromEntries([...weights].map(([name, weight]) => [name, tf.clone(weight.read())])) };
}

const specOf = (name: string, shape: readonly number[], last: string | undefined): ParameterSpec => ({
  shape,
  initializer: /(gamma|moving_variance)\d*$/.test(name)
    ? 'ones'
    : /kernel\d*$/.test(name)
      ? { name: 'glorotUniform', ...fans(shape) }
      : 'zeros',
  role: name.split('/')[0] === last ? 'head' : 'trunk',
});

/** The layers of a model and of the models inside of it. */
const allLayers = (layers: readonly KerasLayer[]): KerasLayer[] => layers.flatMap((layer) => [layer, ...allLayers(layer.layers ?? [])]);

/** Weights by 'dense0/kernel': kind of layer, how many of that kind came before, and the weight's own name, numbered if it has several. */
function namedWeights(net: KerasModel, weightsOf: (layer: KerasLayer) => readonly LayerWeight[]): Map<string, LayerWeight> {
  const counts = new Map<string, number>();
  const found = new Map<string, LayerWeight>();
  for (const layer of net.layers) {
    const kind = layer.getClassName().toLowerCase();
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    for (const weight of weightsOf(layer)) {
      const name = `${kind}${count}/${weight.originalName.split('/').at(-1)}`;
      let free = name;
      for (let i = 1; found.has(free); i++) free = `${name}${i}`;
      found.set(free, weight);
    }
  }
  return found;
}

/** Runs layers with other values in the place of their variables; what they write is returned as buffers, not written. */
function withWeights(weights: Map<string, LayerWeight>, values: NamedTensorMap, run: () => Tensor): Output {
  const written: Record<string, Tensor> = {};
  try {
    for (const [name, weight] of weights) {
      // The instance's own property hides the method of its class until it is deleted.
      weight.read = () => written[name] ?? named(values, name);
      weight.write = (value) => {
        written[name]?.dispose();
        // Layers write inside a tidy of their own.
        written[name] = tf.keep(tf.clone(value));
      };
    }
    const outputs = run();
    return { outputs, ...(Object.keys(written).length > 0 && { buffers: map((tensor) => tf.clone(tensor), written) }) };
  } finally {
    for (const weight of weights.values()) {
      Reflect.deleteProperty(weight, 'read');
      Reflect.deleteProperty(weight, 'write');
    }
    tf.dispose(written);
  }
}

/** Runs layers with dropout that is a function of the seed; without a seed there is none. */
function withDropout<T>(layers: readonly KerasLayer[], seed: Tensor1D | undefined, run: () => T): T {
  try {
    layers.forEach((layer, i) => {
      const { rate } = layer.getConfig() as { rate: number };
      layer.call = (inputs) => {
        const x = Array.isArray(inputs) ? inputs[0]! : inputs;
        return seed && rate > 0 ? dropout(x, rate, foldSeed(seed, i)) : x;
      };
    });
    return run();
  } finally {
    for (const layer of layers) Reflect.deleteProperty(layer, 'call');
  }
}

function refuseSoftmax(net: KerasModel): void {
  const last = net.layers.at(-1);
  const activation = (last?.getConfig() as { activation?: string } | undefined)?.activation;
  if (last?.getClassName() !== 'Softmax' && activation !== 'softmax') return;
  throw refusal(
    net,
    "ends in a softmax; strategies need logits. Leave the last activation out (activation: 'linear'); the softmax is part of the loss.",
  );
}

const NOISE = ['GaussianNoise', 'GaussianDropout', 'AlphaDropout'];

/** A compiled step calls a layer once, and a resumed run must draw what an undisturbed one would have drawn. */
function refuseImpure(net: KerasModel, layer: KerasLayer): void {
  const config = layer.getConfig() as { stateful?: boolean; noiseShape?: unknown; dropout?: number; recurrentDropout?: number };
  if (config.stateful) throw refusal(net, `has a layer '${layer.name}' that keeps a state. Make it with stateful: false.`);
  if (NOISE.includes(layer.getClassName()) || (config.dropout ?? 0) > 0 || (config.recurrentDropout ?? 0) > 0) {
    throw refusal(
      net,
      `has a layer '${layer.name}' (${layer.getClassName()}) that draws noise of its own, which no seed decides. Use Dropout layers.`,
    );
  }
  if (layer.getClassName() === 'Dropout' && config.noiseShape)
    throw refusal(net, `has a dropout layer '${layer.name}' with a noiseShape. Leave it out.`);
}

const refusal = (net: KerasModel, problem: string) => new ContinualLearningError('CL_MODEL', `fromLayers(): '${net.name}' ${problem}`);

const fans = (shape: readonly number[]) => {
  const field = shape.slice(0, -2).reduce((size, length) => size * length, 1);
  return { fanIn: field * (shape.at(-2) ?? 1), fanOut: field * (shape.at(-1) ?? 1) };
};
