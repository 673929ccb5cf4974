import { ContinualLearningError, checkKnown, checkList, checkNumber } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { checkParameters, checkSameParameters } from './difference.js';
import { onHost, valuesOf } from './host.js';

export interface TiesOptions {
  /** Share of the entries of each difference that are kept, the largest, (0, 1]. Default 0.2, as in the paper. */
  readonly keep?: number;
}

/**
 * Several differences from one base as one, in which they do not cancel each other: TIES.
 *
 * 1. Trim: of each difference keep the largest entries, the others are 0.
 * 2. Elect: for each parameter the sign of the sum, γ = sgn(Σₜ Δₜ).
 * 3. Merge: the mean of those that have this sign, Δ = mean of { Δₜ : sgn(Δₜ) = γ }; those that are 0 do not count.
 *
 * Yadav et al., "TIES-merging: resolving interference when merging models", NeurIPS 2023, arXiv 2306.01708. The largest are those of all
 * parameters of a difference together, as in the authors' code; entries as large as the smallest that is kept are kept too. Where the sum
 * is 0, the merged difference is 0. Reads the tensors, and gives new ones.
 *
 * @throws CL_MODEL for differences of other parameters, or none; CL_OPTION for options outside their ranges.
 * @example addDifference(base, ties([chat, code, mathematics], { keep: 0.2 }))
 */
export function ties(differences: readonly NamedTensorMap[], options: TiesOptions = {}): NamedTensorMap {
  checkKnown('ties', options, ['keep']);
  const { keep = 0.2 } = options;
  checkNumber('ties', 'keep', keep, { above: 0, max: 1 });
  checkList('ties', 'differences', differences, (each) => checkParameters('ties', each as NamedTensorMap));
  const [first, ...others] = differences;
  if (!first) throw new ContinualLearningError('CL_MODEL', 'ties(): received no differences; give it at least one.');
  for (const other of others) checkSameParameters('ties', first, other);
  const trimmed = differences.map((each) => trim(each, keep));
  return onHost(first, (values, name) => values.map((_, i) => merged(trimmed.map((each) => each[name]![i]!))));
}

/** The values of a difference, of which the largest are left. */
function trim(difference: NamedTensorMap, keep: number): { readonly [name: string]: Float32Array } {
  const values = Object.entries(difference).map(([name, tensor]) => [name, valuesOf(tensor)] as const);
  const sizes = new Float32Array(values.reduce((sum, [, each]) => sum + each.length, 0));
  let at = 0;
  for (const [, each] of values) for (const value of each) sizes[at++] = Math.abs(value);
  sizes.sort();
  const cut = sizes[Math.max(0, sizes.length - Math.max(1, Math.floor(keep * sizes.length)))] ?? 0;
  return Object.fromEntries(values.map(([name, each]) => [name, each.map((value) => (Math.abs(value) >= cut ? value : 0))]));
}

/** The mean of those entries whose sign is that of the sum. */
function merged(entries: readonly number[]): number {
  const sign = Math.sign(entries.reduce((sum, value) => sum + value, 0));
  const agreeing = entries.filter((value) => value !== 0 && Math.sign(value) === sign);
  return agreeing.length === 0 ? 0 : agreeing.reduce((sum, value) => sum + value, 0) / agreeing.length;
}
