import { type AtSite, dense, type Model, named, type Site } from '@cl/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

const [KERNEL, BIAS] = ['other/kernel', 'other/bias'];

/** The model with `count` more outputs, from the features that its classifier sees, by a layer of their own: the `O` of each head but the first. */
export function withOthers(model: Model, count: number): Model {
  const features = model.sites.find(({ kind }) => kind === 'features');
  if (count === 0 || !features) return model;
  const { units } = features;
  const initializer = { name: 'pytorchUniform', fanIn: units, fanOut: count } as const;
  const input: Site = { name: 'other/input', kind: 'input', units, feeds: [KERNEL] };
  const preactivation: Site = { name: 'other/preactivation', kind: 'preactivation', units: count, fedBy: [KERNEL, BIAS] };
  return {
    ...model,
    parameters: {
      ...model.parameters,
      // Not of the head: its columns are not those of the outputs.
      [KERNEL]: { shape: [units, count], role: 'trunk', use: { op: 'dense' }, initializer },
      [BIAS]: { shape: [count], role: 'trunk', initializer },
    },
    sites: [...model.sites, input, preactivation],
    outputs: model.outputs + count,
    apply(parameters, x, options = {}) {
      const { at = asItIs } = options;
      let below: Tensor | undefined;
      const { outputs, ...rest } = model.apply(parameters, x, {
        ...options,
        at(site, value) {
          const seen = at(site, value);
          if (site.kind === 'features') below = seen;
          return seen;
        },
      });
      const rows = tf.reshape(below!, [-1, units]);
      const own = dense(at(input, rows) as Tensor2D, named(parameters, KERNEL) as Tensor2D, named(parameters, BIAS) as Tensor1D);
      const others = tf.reshape(at(preactivation, own), [...outputs.shape.slice(0, -1), count]);
      return { outputs: tf.concat([outputs, others], -1), ...rest };
    },
  };
}

const asItIs: AtSite = (_site, value) => value;
