import { type Model, named, type Site, unitsBehind } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

const hiddenSites = ({ sites }: Model): readonly Site[] => sites.filter(({ kind }) => kind === 'activation');

/**
 * The share of its step that each parameter of the trunk takes: 1 − min(use of the unit it leads to, use of the unit it comes from). An
 * input of the network counts as used, a channel's use is that of all its positions, and a parameter that belongs to no unit takes none.
 *
 * @param used Use of each unit in [0, 1], by site.
 */
export function passThrough(model: Model, used: NamedTensorMap): NamedTensorMap {
  const behind = unitsBehind(model);
  const sites = hiddenSites(model);
  // The last entry stands for the inputs of the network.
  const all = tf.concat([...sites.map(({ name }) => named(used, name)), tf.ones([1])]);
  const trunk = Object.entries(model.parameters).filter(([, { role }]) => role === 'trunk');
  return Object.fromEntries(
    trunk.map(([name, { shape }]) => {
      const site = sites.find(({ fedBy }) => fedBy?.includes(name));
      if (!site) return [name, tf.zeros([1])];
      const to = named(used, site.name);
      if (shape.length === 1) return [name, tf.sub(1, to)];
      const from = tf.gather(all, tf.tensor1d(behind[name]!, 'int32'));
      return [name, tf.sub(1, tf.minimum(tf.reshape(from, [-1, 1]), to))];
    }),
  );
}
