import { matrixOf, named } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { checkSameParameters } from './difference.js';

/** How two differences lie to one another, as long vectors. */
export interface Overlap {
  /** Of the angle between them, −1 to 1; 0 where one of them is 0. */
  readonly cosine: number;
  /** Euclidean lengths, of the first and the second. */
  readonly norms: readonly [number, number];
}

/**
 * How far two differences are from disturbing each other: as a whole, and by layer, which is what the names of parameters begin with
 * ('layer0', 'embedding'). To add an alignment Δ to a model that went on learning, B_k − B_0 should be short beside Δ and at a right angle
 * to it; log it with every B_k. Reads the tensors, in 64-bit floats.
 *
 * @throws CL_MODEL for differences of other parameters.
 * @example
 * const { cosine, norms, layers } = overlap(difference(knowledge, base), aligned)
 * // cosine 0.03, norms [2.1, 5.8], layers.layer0.cosine 0.06
 */
export function overlap(
  first: NamedTensorMap,
  second: NamedTensorMap,
): Overlap & { readonly layers: { readonly [layer: string]: Overlap } } {
  checkSameParameters('overlap', first, second);
  const layers: { [layer: string]: Products } = {};
  for (const [name, tensor] of Object.entries(first)) {
    const layer = name.split('/')[0]!;
    const [a, b] = [matrixOf(tensor).to1DArray(), matrixOf(named(second, name)).to1DArray()];
    layers[layer] = sumOf([layers[layer] ?? [0, 0, 0], [inner(a, a), inner(b, b), inner(a, b)]]);
  }
  const parts = Object.entries(layers).map(([layer, products]) => [layer, overlapOf(products)] as const);
  return { ...overlapOf(sumOf(Object.values(layers))), layers: Object.fromEntries(parts) };
}

/** aᵀa, bᵀb and aᵀb. */
type Products = readonly [number, number, number];

const inner = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const sumOf = (all: readonly Products[]): Products =>
  all.reduce(([a, b, ab], [moreA, moreB, moreAb]) => [a + moreA, b + moreB, ab + moreAb], [0, 0, 0]);

function overlapOf([a, b, both]: Products): Overlap {
  const norms = [Math.sqrt(a), Math.sqrt(b)] as const;
  return { cosine: a > 0 && b > 0 ? both / (norms[0] * norms[1]) : 0, norms };
}
