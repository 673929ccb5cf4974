import { gelu, geluTanh, relu, type Site } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { asItIs, dropped, linear, parametersOf, type Through } from './parts.js';

export const ACTIVATIONS = ['gelu', 'geluTanh', 'relu', 'silu'] as const;

export type Activation = (typeof ACTIVATIONS)[number];

export const activate: { readonly [name in Activation]: (x: Tensor) => Tensor } = {
  gelu,
  geluTanh,
  relu,
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
};

export interface FeedForwardOptions {
  readonly name: string;
  readonly width: number;
  readonly units: number;
  readonly activation: Activation;
  /** True: the activation of one layer gates another (Shazeer, 2020). */
  readonly gated: boolean;
  readonly bias: boolean;
  /** Of the units between, in training. Default 0. */
  readonly dropout?: number;
  readonly deviation: number;
  readonly outputDeviation: number;
}

/** f(x W + b) W′ + b′, or f(x G) ⊙ (x W) · W′ where it is gated. */
export function feedForward(options: FeedForwardOptions): Through {
  const { name, width, units, activation, gated, bias, dropout = 0, deviation, outputDeviation } = options;
  const inward = (part: string) => linear({ name: `${name}/${part}`, inputs: width, units, bias, deviation });
  const [gate, inner] = [gated ? inward('gate') : null, inward('inner')];
  const outer = linear({ name: `${name}/outer`, inputs: units, units: width, bias, deviation: outputDeviation });
  const before = gate ? [gate, inner] : [inner];
  const site: Site = {
    name: `${name}/inner`,
    kind: 'activation',
    units,
    feeds: [`${name}/outer/kernel`],
    fedBy: before.flatMap(({ parameters }) => Object.keys(parameters)),
  };
  const f = activate[activation];
  return {
    parameters: parametersOf([...before, outer]),
    sites: [...before.flatMap(({ sites }) => sites), site, ...outer.sites],
    apply(parameters, x, apply) {
      const { at = asItIs } = apply;
      const active = gate
        ? tf.mul(f(gate.apply(parameters, x, apply)), inner.apply(parameters, x, apply))
        : f(inner.apply(parameters, x, apply));
      return outer.apply(parameters, at(site, dropped(active, dropout, 0, apply)), apply);
    },
  };
}
