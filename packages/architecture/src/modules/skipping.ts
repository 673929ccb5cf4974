import { ContinualLearningError, checkKnown, dense, type Model, named, type ParameterSpec } from '@cl/core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { optionsFor, together } from './members.js';

export interface SkipOptions {
  /** The module that is read: its outputs, for the same inputs. */
  readonly from: Model;
  /** The site of the model that reads them: 'dense1/preactivation', 'head/preactivation'. */
  readonly into: string;
}

/**
 * A model one of whose sites also reads another module, past all layers between: h ← h + U g, with g the other's outputs and U a matrix that
 * begins with zeros, so that the model is what it was until it has learned to use them. At a site with places, as in convolutions, every place
 * gets the same, unless the other has places too, as both have of sequences. The parameter is called 'skip/INTO/kernel'.
 *
 * @throws CL_MODEL where the model has no such site.
 * @example skipping(second, { from: features(first), into: 'second/head/preactivation' })
 */
export function skipping(model: Model, options: SkipOptions): Model {
  checkKnown('skipping', options, ['from', 'into']);
  const { from, into } = options;
  const site = model.sites.find(({ name }) => name === into);
  if (!site) {
    const sites = model.sites.map(({ name }) => name).join(', ');
    throw new ContinualLearningError('CL_MODEL', `skipping(): '${model.name}' has no site '${into}'. It has: ${sites || 'none'}.`);
  }
  // What leads into the classifier has a column for each output, and grows with it.
  const role = site.fedBy?.some((parameter) => model.parameters[parameter]?.role === 'head') ? 'head' : 'trunk';
  const kernel = `skip/${into}/kernel`;
  const spec: ParameterSpec = { shape: [from.outputs, site.units], role, use: { op: 'dense' }, initializer: 'zeros' };
  const all = together('skipping', [from, model]);
  return {
    ...model,
    ...all,
    name: `${model.name} + ${from.name}`,
    parameters: { ...all.parameters, [kernel]: spec },
    apply(parameters, x, options = {}) {
      const read = from.apply(parameters, x, optionsFor(options, 1));
      const added = dense(read.outputs, named(parameters, kernel) as Tensor2D);
      const result = model.apply(parameters, x, {
        ...options,
        at(here, value) {
          const joined = here.name === into ? tf.add(value, atEachPlace(added, value.rank)) : value;
          return options.at ? options.at(here, joined) : joined;
        },
      });
      return { outputs: result.outputs, buffers: { ...read.buffers, ...result.buffers } };
    },
    ...(model.grow && { grow: (count: number) => skipping(model.grow!(count), { from, into }) }),
  };
}

/** [batch, units] for all places of a value of more axes; what has as many axes has places of its own. */
const atEachPlace = (added: Tensor, rank: number): Tensor => {
  const [batch, units] = [added.shape[0]!, added.shape.at(-1)!];
  return added.rank === rank ? added : tf.reshape(added, [batch, ...Array<number>(rank - 2).fill(1), units]);
};
