import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { named } from '../tree.js';
import type { Model, ParameterSpec } from './model.js';

/** A weight of a Keras-style layer: the part of tfjs-layers' `LayerVariable` that is used here. */
interface LayerWeight {
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  read(): Tensor;
  write(value: Tensor): unknown;
}

interface KerasLayer {
  readonly trainableWeights: readonly LayerWeight[];
  readonly nonTrainableWeights: readonly LayerWeight[];
  getClassName(): string;
  getConfig(): object;
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
 * (`parameters`), and never written. The last layer that has weights is the classifier.
 *
 * Parameters are named by kind and position, 'dense0/kernel', since tfjs's own names depend on what the process made before.
 * Such a model has no sites, so strategies that look inside a network refuse it.
 *
 * @throws CL_MODEL for a softmax at the end (strategies need logits) and for several inputs or outputs.
 * @example
 * const net = tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 100, activation: 'relu' }), tf.layers.dense({ units: 10 })] });
 * const { model, parameters } = fromLayers(net);
 * const learner = new Learner({ model, parameters, optimizer: sgd(0.1), scenario: 'class' });
 */
export function fromLayers(net: KerasModel): { readonly model: Model; readonly parameters: NamedTensorMap } {
  if (net.inputs.length !== 1 || net.outputs.length !== 1) {
    throw new ContinualLearningError('CL_MODEL', `fromLayers(): '${net.name}' has ${net.inputs.length} inputs and ${net.outputs.length} outputs; one of each can be used.`);
  }
  refuseSoftmax(net);
  const trained = namedWeights(net, ({ trainableWeights }) => trainableWeights);
  const moving = namedWeights(net, ({ nonTrainableWeights }) => nonTrainableWeights);
  const last = [...trained.keys()].at(-1)?.split('/')[0];
  const spec = (weight: LayerWeight, name: string): ParameterSpec => ({
    shape: weight.shape as readonly number[],
    initializer: name.endsWith('gamma') || name.endsWith('moving_variance') ? 'ones' : name.endsWith('kernel') ? { name: 'glorotUniform', ...fans(weight.shape as readonly number[]) } : 'zeros',
    role: name.split('/')[0] === last ? 'head' : 'trunk',
  });
  const specs = (weights: Map<string, LayerWeight>) => Object.fromEntries([...weights].map(([name, weight]) => [name, spec(weight, name)]));
  const shape = net.inputs[0]!.shape.slice(1) as readonly number[];

  const model: Model = {
    name: net.name,
    inputs: shape,
    outputs: net.outputs[0]!.shape.at(-1)!,
    parameters: specs(trained),
    ...(moving.size > 0 && { buffers: specs(moving) }),
    sites: [],
    apply: (parameters, x, { training = false } = {}) => applyWith(net, new Map([...trained, ...moving]), parameters, x as Tensor, training),
  };
  return { model, parameters: Object.fromEntries([...trained].map(([name, weight]) => [name, tf.clone(weight.read())])) };
}

/** Weights by 'dense0/kernel': kind of layer, how many of that kind came before, and the weight's own name. */
function namedWeights(net: KerasModel, weightsOf: (layer: KerasLayer) => readonly LayerWeight[]): Map<string, LayerWeight> {
  const counts = new Map<string, number>();
  const found = new Map<string, LayerWeight>();
  for (const layer of net.layers) {
    const kind = layer.getClassName().toLowerCase();
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    for (const weight of weightsOf(layer)) found.set(`${kind}${count}/${weight.originalName.split('/').at(-1)}`, weight);
  }
  return found;
}

/** Runs the layers with other values in the place of their variables; what they write is returned as buffers, not written. */
function applyWith(net: KerasModel, weights: Map<string, LayerWeight>, values: NamedTensorMap, x: Tensor, training: boolean) {
  const written: Record<string, Tensor> = {};
  try {
    for (const [name, weight] of weights) {
      // The instance's own property hides the method of its class until it is deleted.
      weight.read = () => written[name] ?? named(values, name);
      weight.write = (value) => {
        written[name] = value;
      };
    }
    const outputs = net.apply(x, { training }) as Tensor;
    return { outputs, ...(Object.keys(written).length > 0 && { buffers: written }) };
  } finally {
    for (const weight of weights.values()) {
      Reflect.deleteProperty(weight, 'read');
      Reflect.deleteProperty(weight, 'write');
    }
  }
}

function refuseSoftmax(net: KerasModel): void {
  const last = net.layers.at(-1);
  const activation = (last?.getConfig() as { activation?: string } | undefined)?.activation;
  if (last?.getClassName() !== 'Softmax' && activation !== 'softmax') return;
  throw new ContinualLearningError(
    'CL_MODEL',
    `fromLayers(): '${net.name}' ends in a softmax; strategies need logits. Leave the last activation out (activation: 'linear'); the softmax is part of the loss.`,
  );
}

const fans = (shape: readonly number[]) => {
  const field = shape.slice(0, -2).reduce((size, length) => size * length, 1);
  return { fanIn: field * (shape.at(-2) ?? 1), fanOut: field * (shape.at(-1) ?? 1) };
};
