import { ContinualLearningError, type Random } from '@cl/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** How a token is drawn. */
export interface Sampling {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

/** The places of the `count` largest scores, largest first; of equal ones the first. */
export function largest(scores: Float32Array, count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (found.length === count && !(score > scores[found[count - 1]!]!)) continue;
    let at = found.length;
    while (at > 0 && score > scores[found[at - 1]!]!) at--;
    found.splice(at, 0, i);
    if (found.length > count) found.pop();
  }
  return found;
}

/**
 * What is to be taken from a logit to get the log of its probability: log of the sum of e^logits; 0 where that is done.
 *
 * @throws CL_NOT_FINITE
 */
export function logTotal(logits: Float32Array, { normalized = false }: { readonly normalized?: boolean }): number {
  let highest = -Infinity;
  // By number: a loop over what an array holds takes several times as long, for each of many thousand tokens.
  for (let i = 0; i < logits.length; i++) if (!(logits[i]! <= highest)) highest = logits[i]!;
  if (!Number.isFinite(highest)) {
    throw new ContinualLearningError('CL_NOT_FINITE', 'The logits of the next token are not finite numbers, so there is none to choose.');
  }
  if (normalized) return 0;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - highest);
  return highest + Math.log(sum);
}

/**
 * The log of a token's probability.
 *
 * @throws CL_NOT_FINITE
 */
export function logProbability(logits: Float32Array, token: number, predictor: { readonly normalized?: boolean }): number {
  const own = logits[token]!;
  // One that is not finite leaves none finite where they are normalised, so that there is no need to look at all of them.
  return predictor.normalized && Number.isFinite(own) ? own : own - logTotal(logits, predictor);
}

/**
 * The likeliest token at temperature 0. Otherwise one drawn from softmax(logits / temperature), of the `topK` likeliest, and of these of the
 * fewest whose probabilities sum up to `topP` (Holtzman et al., 2020, arXiv 1904.09751).
 */
export function choose(logits: Float32Array, { temperature, topK, topP }: Sampling, random: () => Random): number {
  if (temperature === 0) return likeliest(logits);
  const order = topK < logits.length ? largest(logits, topK) : topP < 1 ? sorted(logits) : null;
  const candidates = order ?? logits.keys();
  const highest = order ? logits[order[0]!]! : logits.reduce((a, b) => Math.max(a, b));
  const shares = Float64Array.from(candidates, (token) => Math.exp((logits[token]! - highest) / temperature));
  const total = shares.reduce((a, b) => a + b, 0);

  let [kept, mass] = [0, 0];
  while (kept < shares.length && (kept === 0 || mass < topP * total)) mass += shares[kept++]!;
  let rest = random().uniform() * mass;
  for (let i = 0; i < kept; i++) {
    rest -= shares[i]!;
    if (rest < 0) return order ? order[i]! : i;
  }
  // Rounding may leave a little: then it is the last one.
  return order ? order[kept - 1]! : kept - 1;
}

/** The place of the largest score, of equal ones the first. */
function likeliest(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/** All places, from the largest score to the smallest. */
const sorted = (scores: Float32Array): number[] => Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);

/** The rows of a matrix, which is disposed. */
export async function rowsOf(matrix: Tensor2D): Promise<Float32Array[]> {
  try {
    const values = (await matrix.data()) as Float32Array;
    const [rows, columns] = matrix.shape;
    return Array.from({ length: rows }, (_, row) => values.subarray(row * columns, (row + 1) * columns));
  } finally {
    matrix.dispose();
  }
}
