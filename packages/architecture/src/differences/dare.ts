import { checkKnown, checkNumber, random } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { checkParameters } from './difference.js';
import { onHost } from './host.js';

export interface DareOptions {
  /** p, the share of the entries that are dropped, [0, 1). The authors drop 0.9 and more of large models. */
  readonly drop: number;
  /** Decides which. Default 0. */
  readonly seed?: number;
}

/**
 * Drops most of a difference at random and scales up the rest, so that its expectation stays:
 *
 *     m ~ Bernoulli(p),   Δ ← (1 − m) ⊙ Δ / (1 − p)
 *
 * Yu et al., "Language models are super Mario", ICML 2024, arXiv 2311.03099. What is left interferes less with other differences. The
 * smaller the entries of Δ, the more of them can go. Reads the tensors, and gives new ones.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example addDifference(parameters, dare(aligned, { drop: 0.9, seed: 1 }))
 */
export function dare(difference: NamedTensorMap, options: DareOptions): NamedTensorMap {
  checkKnown('dare', options, ['drop', 'seed']);
  checkParameters('dare', difference);
  const { drop, seed = 0 } = options;
  checkNumber('dare', 'drop', drop, { min: 0, below: 1 });
  checkNumber('dare', 'seed', seed);
  return onHost(difference, (values, name) => {
    const draws = random(seed, 'dare', name);
    return values.map((value) => (draws.uniform() < drop ? 0 : value / (1 - drop)));
  });
}
