import { ContinualLearningError, type Model, pick } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A model without its classifier: its outputs are what the classifier would have read, the value at its last site of kind 'features'.
 *
 * @throws CL_REQUIREMENT for a model without such a site.
 * @example concatenated([features(left), features(right)], mlp({ inputs: 128, hidden: [64], outputs: 10 }))
 */
export function features(model: Model): Model {
  const index = model.sites.findLastIndex(({ kind }) => kind === 'features');
  if (index < 0) {
    throw new ContinualLearningError(
      'CL_REQUIREMENT',
      `features(): '${model.name}' has no site of kind 'features', so nobody knows where its classifier begins. Use a model of @cl/models, or give yours one.`,
    );
  }
  const { name, units } = model.sites[index]!;
  const sites = model.sites.slice(0, index + 1);
  const known = new Set(sites.map((site) => site.name));
  const isHead = (parameter: string) => model.parameters[parameter]?.role === 'head';
  const { grow: _grow, ...rest } = model;
  return {
    ...rest,
    name: `features of ${model.name}`,
    outputs: units,
    parameters: Object.fromEntries(Object.entries(model.parameters).filter(([parameter]) => !isHead(parameter))),
    sites,
    apply(parameters, x, options = {}) {
      const { at } = options;
      let value: Tensor | undefined;
      // The classifier has to be there for the model to run, but nobody looks at what it says.
      const { buffers } = model.apply({ ...pick(parameters, (parameter) => !isHead(parameter)), ...noHead(model) }, x, {
        ...options,
        at(site, seen) {
          const passed = at && known.has(site.name) ? at(site, seen) : seen;
          if (site.name === name) value = passed;
          return passed;
        },
      });
      return { outputs: value!, ...(buffers && { buffers }) };
    },
  };
}

const noHead = ({ parameters }: Model): NamedTensorMap =>
  Object.fromEntries(
    Object.entries(parameters)
      .filter(([, { role }]) => role === 'head')
      .map(([parameter, { shape }]) => [parameter, tf.zeros([...shape])]),
  );
