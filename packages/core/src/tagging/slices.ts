import { random } from '../random/index.js';
import { entitiesOf, type TaggedSentence } from './tags.js';

/**
 * Which training sentences a step gets. In all of them only the step's own types are annotated; everything else reads `O`.
 *
 * - `split`: random disjoint parts of equal size (Monaikul et al., 2021). Many sentences of a part have no entity of its types.
 * - `filter`: every sentence with an entity of the step's types, so that one may come in several steps (SpanKL's name; after Xia et al., 2022).
 * - `greedy`: disjoint parts in proportion to the number of types; each sentence goes to the step of its rarest type that has room (FG-a-PG-b of
 *   Zheng et al., 2022).
 * - `all`: all sentences in every step.
 */
export type SlicingProtocol = 'split' | 'filter' | 'greedy' | 'all';

export const PROTOCOLS = ['split', 'filter', 'greedy', 'all'] as const satisfies readonly SlicingProtocol[];

type Steps = readonly (readonly string[])[];

/** The numbers of the sentences of each step, ascending. */
export function slicesOf(sentences: readonly TaggedSentence[], steps: Steps, protocol: SlicingProtocol, seed: number): Int32Array[] {
  const all = Int32Array.from(sentences, (_, i) => i);
  if (protocol === 'all') return steps.map(() => all);
  const types = sentences.map(({ tags }) => entitiesOf(tags).map(({ type }) => type));
  if (protocol === 'filter') return steps.map((step) => all.filter((i) => types[i]!.some((type) => step.includes(type))));
  const order = random(seed, 'slices').permutation(sentences.length);
  const slice = protocol === 'split' ? dealt(order, steps.length) : greedy(types, steps, order);
  return steps.map((_, step) => all.filter((i) => slice[i] === step));
}

/** The step of each sentence: those of a random order in turn. */
function dealt(order: Int32Array, steps: number): Int32Array {
  const slice = new Int32Array(order.length);
  order.forEach((sentence, place) => {
    slice[sentence] = place % steps;
  });
  return slice;
}

/** The step of each sentence: that of its rarest type that still has room; where none has, or it has no entity, one at random that has. */
function greedy(types: readonly (readonly string[])[], steps: Steps, order: Int32Array): Int32Array {
  const counts = new Map<string, number>();
  for (const type of types.flat()) counts.set(type, (counts.get(type) ?? 0) + 1);
  const room = quotas(types.length, steps);
  const slice = new Int32Array(types.length).fill(-1);
  types.forEach((present, i) => {
    const rarestFirst = [...new Set(present)].sort((a, b) => counts.get(a)! - counts.get(b)!);
    const step = rarestFirst.map((type) => steps.findIndex((each) => each.includes(type))).find((each) => each >= 0 && room[each]! > 0);
    if (step === undefined) return;
    slice[i] = step;
    room[step]!--;
  });
  // What is left fills up what has room; the order is a random one, so that it is all the same which is which.
  let step = 0;
  for (const i of order) {
    if (slice[i] !== -1) continue;
    while (room[step] === 0) step++;
    slice[i] = step;
    room[step]!--;
  }
  return slice;
}

/** Sentences in proportion to types; what rounding leaves over goes to the steps that it took most from. */
function quotas(sentences: number, steps: Steps): number[] {
  const total = steps.flat().length;
  const exact = steps.map((step) => (sentences * step.length) / total);
  const whole = exact.map(Math.floor);
  const left = sentences - whole.reduce((a, b) => a + b, 0);
  const byLoss = exact.map((value, step) => [value - whole[step]!, step] as const).sort(([a, i], [b, j]) => b - a || i - j);
  for (const [, step] of byLoss.slice(0, left)) whole[step]!++;
  return whole;
}
