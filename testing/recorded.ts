import type { Memory, Random, Rows } from '../packages/core/src/index.js';

/** Random choices that were made elsewhere, in the order in which they are asked for. */
export interface Choices {
  /** Which of the rows in question a draw returns. */
  readonly samples?: readonly (readonly number[])[];
  /** Numbers that decide where a row goes. */
  readonly integers?: readonly number[];
}

/** A memory whose random choices are the recorded ones. `takes`: whether it is offered these rows at all. */
export function recorded(memory: Memory, choices: Choices, takes: (rows: Rows) => boolean = () => true): Memory {
  const random = scripted(choices);
  const own: Pick<Memory, 'add' | 'draw'> = {
    add: (rows) => (takes(rows) ? memory.add(rows, random) : undefined),
    draw: (_random, count, keep) => memory.draw(random, count, keep),
  };
  return Object.assign(Object.create(memory) as Memory, own);
}

function scripted({ samples = [], integers = [] }: Choices): Random {
  let [sampled, drawn] = [0, 0];
  const next = <T>(values: readonly T[], i: number): T => {
    if (i >= values.length) throw new Error(`More random choices were asked for than the ${values.length} that were recorded.`);
    return values[i]!;
  };
  const never = () => {
    throw new Error('A random number of a kind that was not recorded was asked for.');
  };
  return {
    integer: () => next(integers, drawn++),
    sample: () => Int32Array.from(next(samples, sampled++)),
    uniform: never,
    normal: never,
    permutation: never,
  };
}
