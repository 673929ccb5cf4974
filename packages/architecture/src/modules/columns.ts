import {
  type AtSite,
  biasAdd,
  ContinualLearningError,
  conv2d,
  dense,
  type KernelUse,
  type Model,
  named,
  type ParameterSpec,
  relu,
} from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { optionsFor } from './members.js';
import { prefixed } from './prefixed.js';

export const FORMS = ['paper', 'avalanche'] as const;
export type Form = (typeof FORMS)[number];

/** How columns read those before them. */
interface Rule {
  readonly count: number;
  readonly adapters: boolean;
  readonly form: Form;
}

/** A layer of the model, by its kernel and the sites before and after it. */
interface Layer {
  readonly name: string;
  readonly kernel: ParameterSpec;
  readonly use: KernelUse;
  readonly input: string;
  readonly output: string;
}

/** The part of a layer of one column that reads the columns before it. */
interface Lateral {
  /** The site of an earlier column that it reads. */
  readonly input: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** @param below What the same layer gets in each earlier column. */
  apply(parameters: NamedTensorMap, below: readonly Tensor[]): Tensor;
}

/** Which column a parameter belongs to, from 0. */
export const columnOf = (parameter: string): number => Number(/^column(\d+)\//.exec(parameter)?.[1] ?? 0);

/**
 * Columns like the model, each of which reads those before it. How many are in use the parameters say: of those that are all there, the
 * last one answers, and earlier ones are evaluated as they are, without dropout.
 */
export function progressiveColumns(model: Model, rule: Rule): Model {
  const layers = layersOf(model);
  if (rule.count === 1) return model;
  const columns = Array.from({ length: rule.count }, (_, k) => columnAt(model, layers, rule, k));
  return {
    ...model,
    name: `${model.name} × ${rule.count}`,
    parameters: Object.assign({}, ...columns.map(({ parameters }) => parameters)),
    ...(model.buffers && { buffers: Object.assign({}, ...columns.map(({ network }) => network.buffers)) }),
    sites: columns.flatMap(({ network }) => network.sites),
    apply(parameters, x, options = {}) {
      const visible = columns.filter(({ network }) => Object.keys(network.parameters).every((name) => parameters[name]));
      const { training: _training, seed: _seed, ...untrained } = options;
      const below: NamedTensorMap[] = [];
      const results = visible.map((column, k) => {
        const { result, inputs } = column.run([parameters, x, k === visible.length - 1 ? optionsFor(options, k) : untrained], below);
        below.push(inputs);
        return result;
      });
      return results.at(-1)!;
    },
    ...(model.grow && { grow: (count: number) => progressiveColumns(model.grow!(count), rule) }),
  };
}

function columnAt(model: Model, layers: readonly Layer[], rule: Rule, k: number) {
  const network = k === 0 ? model : prefixed(`column${k}`, model);
  const inner = (site: string) => (k === 0 ? site : site.slice(`column${k}/`.length));
  const laterals = new Map(k === 0 ? [] : withLaterals(layers, rule).map((layer) => [layer.output, lateralOf(layer, rule, k)] as const));
  const inputSites = new Set(layers.map(({ input }) => input));
  return {
    network,
    parameters: Object.assign({}, network.parameters, ...[...laterals.values()].map(({ parameters }) => parameters)),
    /** @param below What the layers of each earlier column get, by the site before them. */
    run([parameters, x, options = {}]: Parameters<Model['apply']>, below: readonly NamedTensorMap[]) {
      const inputs: Record<string, Tensor> = {};
      const at: AtSite = (site, own) => {
        const name = inner(site.name);
        const lateral = laterals.get(name);
        const read = lateral && below.map((column) => named(column, lateral.input));
        const joined = lateral ? tf.add(own, lateral.apply(parameters, read!)) : own;
        const value = options.at ? options.at(site, joined) : joined;
        if (inputSites.has(name)) inputs[name] = value;
        return value;
      };
      return { result: network.apply(parameters, x, { ...options, at }), inputs };
    },
  };
}

/** Each kernel with the sites that it reads and feeds, in the order of the network. */
function layersOf(model: Model): readonly Layer[] {
  const outputs = model.sites.filter(({ kind }) => kind === 'preactivation');
  return outputs.flatMap(({ name: output, fedBy = [] }) =>
    fedBy.flatMap((parameter): Layer[] => {
      const kernel = model.parameters[parameter]!;
      const input = model.sites.find(({ kind, feeds }) => kind === 'input' && feeds?.includes(parameter));
      if (!input) return [];
      if (!kernel.use) {
        throw new ContinualLearningError(
          'CL_REQUIREMENT',
          `'progressive' must know how layers use their kernels; '${parameter}' of '${model.name}' does not say. Give its parameter a 'use'.`,
        );
      }
      return [{ name: parameter.replace(/\/[^/]*$/, ''), kernel, use: kernel.use, input: input.name, output }];
    }),
  );
}

const withLaterals = (layers: readonly Layer[], { form }: Rule): readonly Layer[] =>
  form === 'paper' ? layers.slice(1) : layers.filter(({ kernel }) => kernel.role !== 'head');

function lateralOf(layer: Layer, { adapters, form }: Rule, k: number): Lateral {
  const { kernel, use, name } = layer;
  const at = (part: string) => `column${k}/${name}/lateral${part}`;
  const [inputs, outputs] = [kernel.shape.at(-2)!, kernel.shape.at(-1)!];
  const withBias = form === 'avalanche';
  const bias = { shape: [outputs], role: kernel.role, initializer: 'zeros' } as const;

  if (!adapters) {
    const parts = Array.from({ length: k }, (_, j) => [at(`${j}/kernel`), at(`${j}/bias`)] as const);
    return {
      input: layer.input,
      parameters: Object.fromEntries(parts.flatMap(([u, b]) => [[u, kernel], ...(withBias ? [[b, bias]] : [])])),
      apply(parameters, below) {
        const terms = parts.map(([u, b], j) => linear(below[j]!, named(parameters, u), use, parameters[b]));
        return terms.reduce((sum, term) => tf.add(sum, term));
      },
    };
  }

  // V looks at one place at a time: a dense layer, or a convolution of 1 × 1.
  const width = form === 'paper' ? inputs : outputs;
  const place: KernelUse = use.op === 'conv2d' ? { op: 'conv2d', strides: 1, padding: 'same' } : use;
  const ones = kernel.shape.slice(0, -2).map(() => 1);
  const spec = (shape: readonly number[], role: ParameterSpec['role'], how: KernelUse): ParameterSpec => {
    const fanIn = shape.slice(0, -1).reduce((product, length) => product * length, 1);
    const initializer =
      typeof kernel.initializer === 'object' && 'fanIn' in kernel.initializer ? kernel.initializer.name : 'pytorchUniform';
    return { shape, role, use: how, initializer: { name: initializer, fanIn, fanOut: shape.at(-1)! } };
  };
  return {
    input: layer.input,
    parameters: {
      // Avalanche draws them from the standard normal distribution; to the paper they are small.
      [at('/alpha')]: { shape: [k], role: 'trunk', initializer: { name: 'normal', deviation: form === 'paper' ? 0.01 : 1 } },
      [at('/down/kernel')]: spec([...ones, k * inputs, width], 'trunk', place),
      [at('/down/bias')]: { shape: [width], role: 'trunk', initializer: 'zeros' },
      [at('/up/kernel')]: spec([...kernel.shape.slice(0, -2), width, outputs], kernel.role, use),
      ...(withBias && { [at('/up/bias')]: bias }),
    },
    apply(parameters, below) {
      const alphas = named(parameters, at('/alpha'));
      const scaled = below.map((value, j) => tf.mul(value, tf.slice(alphas, j, 1)));
      const all = tf.concat(scaled, -1);
      const down = linear(all, named(parameters, at('/down/kernel')), place, named(parameters, at('/down/bias')));
      return linear(kernel.role === 'head' ? down : relu(down), named(parameters, at('/up/kernel')), use, parameters[at('/up/bias')]);
    },
  };
}

function linear(x: Tensor, kernel: Tensor, use: KernelUse, bias?: Tensor): Tensor {
  if (use.op === 'dense') return dense(x, kernel as Tensor2D, bias as Tensor1D | undefined);
  const sum = conv2d(x as Tensor4D, kernel as Tensor4D, use.strides, use.padding);
  return bias ? biasAdd(sum, bias as Tensor1D) : sum;
}
