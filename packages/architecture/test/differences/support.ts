import { initialParameters, map, named } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { type Nested, plain, tidied } from '../../../../testing/watched.js';
import { decoder, language } from '../../../models/src/index.js';

export type Values = Record<string, Nested>;

/** A language model of seven tokens, whose table of words is the last kernel too. */
export const tiny = decoder({ layout: 'gpt2', vocabulary: 7, sequence: 5, width: 4, layers: 2, heads: 2, head: language() });

/** Parameters of it, other ones with each seed; biases too, which begin as zeros. */
export const parametersOf = (seed: number, model = tiny): NamedTensorMap =>
  map(
    (values, name) => tf.add(values, tf.randomNormal(values.shape, 0, 0.1, 'float32', seed + name.length)),
    initialParameters(model, seed),
  );

/** What `f` makes, as numbers. */
export const valuesOf = (f: () => NamedTensorMap): Values => tidied(() => plain(f()) as Values);

export const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));

export function expectNear(found: Values, expected: Values, within = 1e-6): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const own = flat(found[name]!);
    flat(values).forEach((value, i) => {
      expect(Math.abs(own[i]! - value), `${name}[${i}]: ${own[i]} and ${value}`).toBeLessThanOrEqual(within);
    });
  }
}

export const one = (values: number[] | number[][]): NamedTensorMap => ({ w: tf.tensor(values) });
export const w = (tensors: NamedTensorMap): NamedTensorMap[string] => named(tensors, 'w');
