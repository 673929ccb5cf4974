import { type AtSite, type Batch, type GraphContext, type Model, map, named, type Site, valueAndGradients } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Where DAS has a gate for each unit: what attention heads give (one gate a head); what comes into an activation or, where several layers
 * make it together, the activation itself; and what comes out of the layer behind it. Never the classifier.
 */
export function gateSites({ sites, parameters }: Model): readonly Site[] {
  const preactivations = sites.filter(({ kind, fedBy = [] }) => kind === 'preactivation' && fedBy.every((name) => isTrunk(name)));
  function isTrunk(name: string): boolean {
    return parameters[name]?.role === 'trunk';
  }
  /** Preactivations some or all of whose parameters are among these. */
  const madeBy = (names: readonly string[] = []) => preactivations.filter(({ fedBy = [] }) => fedBy.some((name) => names.includes(name)));
  const gated = sites.flatMap((site) => {
    if (site.kind === 'heads') return [site];
    if (site.kind !== 'activation') return [];
    const before = madeBy(site.fedBy);
    return [...(before.length === 1 ? before : [site]), ...madeBy(site.feeds)];
  });
  return [...new Set(gated)];
}

/** Gates of a site: one a unit, or one a head. */
export const gateCount = ({ units, heads }: Site): number => heads ?? units;

/** Multiplies what passes by gates: [gates] at each site, or [rows, gates] with gates of its own for each row. */
export const through =
  (gates: NamedTensorMap, rows: number): AtSite =>
  (site, value) => {
    const gate = gates[site.name];
    if (!gate) return value;
    const count = gateCount(site);
    const each = site.units === count ? [count] : [count, site.units / count];
    const shares = tf.reshape(gate, [gate.rank === 1 ? 1 : rows, 1, count, ...each.slice(1).map(() => 1)]);
    return tf.reshape(tf.mul(tf.reshape(value, [rows, -1, ...each]), shares), value.shape);
  };

/**
 * How a loss of each row changes with the gates of that row, all of which are 1: weight × ∂ℓₙ/∂g, [rows, gates] at each site. One pass
 * forward and one backward for all rows.
 *
 * @param loss From what acts at the sites to the losses, [rows].
 */
export function gateGradients(ctx: GraphContext, { weight }: Batch, loss: (at: AtSite) => Tensor1D): NamedTensorMap {
  const rows = weight.shape[0];
  const ones = Object.fromEntries(gateSites(ctx.model).map((site) => [site.name, tf.ones([rows, gateCount(site)])]));
  return valueAndGradients((gates) => ({ loss: tf.sum(tf.mul(loss(through(gates, rows)), weight)) as Scalar, aux: null }), ones).gradients;
}

/**
 * The share of its step that each protected parameter takes, 1 − importance, in a shape that broadcasts to the parameter's: of kernels and
 * biases before a gate their columns, and of the kernel behind attention heads its rows.
 */
export function passThrough(model: Model, importance: NamedTensorMap): NamedTensorMap {
  const held: Record<string, Tensor> = {};
  const hold = (name: string, values: Tensor) => {
    held[name] = held[name] ? tf.maximum(held[name], values) : values;
  };
  for (const site of gateSites(model)) {
    const size = site.units / gateCount(site);
    const units = tf.reshape(tf.tile(tf.reshape(named(importance, site.name), [-1, 1]), [1, size]), [site.units]);
    for (const name of site.fedBy ?? []) hold(name, units);
    if (site.kind === 'heads') for (const name of site.feeds ?? []) hold(name, tf.reshape(units, [site.units, 1]));
  }
  return map((values) => tf.sub(1, values), held);
}
