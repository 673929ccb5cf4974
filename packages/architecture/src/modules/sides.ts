import { ContinualLearningError, dense, type Model, named, type ParameterSpec, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Join } from './joins.js';
import { optionsFor, together } from './members.js';

/**
 * A network at the side of another: at each of its layers it also reads what a layer of the other has computed, and what it says is added to
 * what the other says.
 *
 *     a_j ← a_j + U_j k_i(j),   s = s_K + s_A
 *
 * Side-tuning (Zhang et al., ECCV 2020, arXiv 1912.13503) with the connections of ladder side-tuning (Sung et al., NeurIPS 2022, arXiv
 * 2206.06522). Layers are the sites of kind 'hidden' or, of networks without any, 'activation'; the first reads the first, the last the last,
 * and those between what lies in proportion. U begins with zeros. Parameters: 'skip/SITE/kernel', by the reading site.
 *
 * @throws CL_REQUIREMENT for networks without such sites; CL_SHAPE, when it is called, where a layer's places are not those of the layer that it reads.
 * @example twoNetwork({ alignment: ({ outputs }) => mlp({ inputs: 64, hidden: [16], outputs }), join: bySides(), phase })
 */
export const bySides =
  (): Join =>
  ([read, side]) =>
    sideBySide(read!, side!);

function sideBySide(read: Model, side: Model): Model {
  const reads = pairsOf(read, side);
  const kernelOf = (site: Site) => `skip/${site.name}/kernel`;
  const kernels = [...reads].map(([to, from]): [string, ParameterSpec] => [
    kernelOf(to),
    { shape: [from.units, to.units], role: 'trunk', use: { op: 'dense' }, initializer: 'zeros' },
  ]);
  const sourceOf = new Map([...reads].map(([to, from]) => [to.name, from.name]));
  const wanted = new Set(sourceOf.values());
  const all = together('bySides', [read, side]);
  return {
    ...all,
    name: `${side.name} at the side of ${read.name}`,
    inputs: read.inputs,
    outputs: side.outputs,
    parameters: { ...all.parameters, ...Object.fromEntries(kernels) },
    apply(parameters, x, options = {}) {
      const { at = asItIs } = options;
      const states: NamedTensorMap = {};
      const below = read.apply(parameters, x, {
        ...optionsFor(options, 1),
        at(site, value) {
          const passed = at(site, value);
          if (wanted.has(site.name)) states[site.name] = passed;
          return passed;
        },
      });
      const above = side.apply(parameters, x, {
        ...options,
        at(site, value) {
          const source = sourceOf.get(site.name);
          return at(site, source ? added(value, dense(named(states, source), named(parameters, kernelOf(site)) as Tensor2D), site) : value);
        },
      });
      return { outputs: tf.add(below.outputs, above.outputs), buffers: { ...below.buffers, ...above.buffers } };
    },
  };
}

const asItIs = (_site: Site, value: Tensor): Tensor => value;

/** Which site of the network that is read each layer of the one at its side reads. */
function pairsOf(read: Model, side: Model): ReadonlyMap<Site, Site> {
  const of = (model: Model, kind: Site['kind']) => model.sites.filter((site) => site.kind === kind);
  const kinds = (['hidden', 'activation'] as const).find((kind) => of(read, kind).length > 0 && of(side, kind).length > 0);
  if (!kinds) {
    throw new ContinualLearningError(
      'CL_REQUIREMENT',
      `bySides(): '${side.name}' and '${read.name}' have no layers whose states could be read: no sites of kind 'hidden' or 'activation'.`,
    );
  }
  const [from, to] = [of(read, kinds), of(side, kinds)];
  return new Map(to.map((site, j) => [site, from[Math.round((j * (from.length - 1)) / Math.max(to.length - 1, 1))]!]));
}

function added(value: Tensor, more: Tensor, site: Site): Tensor {
  if (`${value.shape}` === `${more.shape}`) return tf.add(value, more);
  throw new ContinualLearningError(
    'CL_SHAPE',
    `bySides(): at '${site.name}' there are values [${value.shape}], and what is read has [${more.shape}]. Layers must have the same places.`,
  );
}
