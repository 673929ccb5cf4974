import { optionError } from '../options.js';
import { philox, scramble } from './philox.js';
import type { Random } from './random.js';

/** Two to the power of 32: the number of values of a word. */
const WORDS = 0x100000000;

/**
 * Random numbers that are a pure function of the seed and the owner: they depend on nothing that was drawn elsewhere, so a
 * new owner disturbs no other, and there is no state to save. Philox4x32-10 (Salmon et al., 2011) keyed with a hash of both.
 *
 * @param seed Any number.
 * @param owner Who draws, and when: names and numbers. ['a', 'b'], ['ab'] and ['a', 1] are three owners.
 * @example random(1, 'replay', step).sample(32, memory.size)
 */
export const random = (seed: number, ...owner: Owner): Random => generator(hash(seed, owner));

/**
 * `random(seed, ...owner, ...rest)` for any `rest`, where what comes before it is hashed but once: for whoever draws at each step.
 *
 * @example const draws = randomFor(1, 'replay'); draws(step).sample(32, memory.size)
 */
export function randomFor(seed: number, ...owner: Owner): (...rest: Owner) => Random {
  const before = hash(seed, owner);
  return (...rest) => generator(continued(before, rest));
}

type Owner = readonly (string | number)[];

function generator({ 0: key0, 1: key1, 2: stream0, 3: stream1 }: ArrayLike<number>): Random {
  const key = [key0!, key1!];
  let words: Uint32Array = new Uint32Array(0);
  let used = 0;
  let block = 0;

  function word(): number {
    if (used === words.length) {
      words = philox(key, [block >>> 0, Math.floor(block / WORDS), stream0!, stream1!]);
      block++;
      used = 0;
    }
    return words[used++]!;
  }

  // 53 bits, as many as a number holds: 21 from one word, 32 from the next.
  const bits53 = (): number => (word() >>> 11) * WORDS + word();
  const uniform = (): number => bits53() / 2 ** 53;

  function integer(limit: number): number {
    if (!Number.isSafeInteger(limit) || limit < 1) throw optionError('integer', 'limit', limit, 'a whole number of at least 1');
    // Values above the largest multiple of the limit are drawn again, else small results would come up more often.
    const [draw, range] = limit <= WORDS ? [word, WORDS] : [bits53, 2 ** 53];
    const end = range - (range % limit);
    for (;;) {
      const value = draw();
      if (value < end) return value % limit;
    }
  }

  return {
    uniform,
    integer,
    // Box and Muller. 1 − u is never 0, so that the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation(length) {
      checkCount('permutation', 'length', length);
      const order = Int32Array.from({ length }, (_, i) => i);
      // Fisher and Yates, from the front, as in `sample`.
      for (let i = 0; i < length - 1; i++) {
        const j = i + integer(length - i);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
    sample(count, limit) {
      checkCount('sample', 'count', count, Infinity);
      checkCount('sample', 'limit', limit);
      const taken = new Int32Array(Math.min(count, limit));
      // The first swaps of Fisher and Yates on 0 … limit − 1, of which only what was moved is written down.
      const moved = new Map<number, number>();
      for (let i = 0; i < taken.length; i++) {
        const j = i === limit - 1 ? i : i + integer(limit - i);
        taken[i] = moved.get(j) ?? j;
        moved.set(j, moved.get(i) ?? i);
      }
      return taken;
    },
  };
}

/** `highest` is what an Int32Array can hold. */
function checkCount(method: string, option: string, value: number, highest = 2 ** 31): void {
  const whole = Number.isSafeInteger(value) || value === highest;
  if (!whole || value < 0 || value > highest) throw optionError(method, option, value, `a whole number from 0 to ${highest}`);
}

/**
 * A seed for stateless random ops, which take it as an int32 tensor [2]: a pure function of the seed and the owner.
 *
 * @example tf.tensor1d(seedOf(seed, 'dropout'), 'int32')
 */
export function seedOf(seed: number, ...owner: Owner): [number, number] {
  const { 2: word0, 3: word1 } = hash(seed, owner);
  return [word0! | 0, word1! | 0];
}

/** 128 bits of a seed and an owner path: each word is absorbed by a Philox round trip keyed with what came before. */
function hash(seed: number, owner: Owner): Uint32Array {
  if (typeof seed !== 'number' || Number.isNaN(seed)) throw optionError('random', 'seed', seed, 'a number');
  return continued(new Uint32Array(4), [seed, ...owner]);
}

/** The hash of what led to `before` and of further parts. */
function continued(before: Uint32Array, parts: Owner): Uint32Array {
  // Asked at each step by whoever draws, so the words change places and no array is made for them.
  let [state, next] = [before.slice(), new Uint32Array(4)];
  const absorb = (word: number): void => {
    next[0] = word;
    next[1] = state[2]!;
    next[2] = state[3]!;
    next[3] = 0;
    scramble(next, 0, state[0]!, state[1]!);
    [state, next] = [next, state];
  };
  for (const part of parts) absorbPart(part, absorb);
  return state;
}

/** A part of an owner path as 32-bit words that no other part, and no two other parts in a row, have. */
function absorbPart(part: string | number, absorb: (word: number) => void): void {
  if (typeof part === 'string') {
    absorb(part.length);
    for (let i = 0; i < part.length; i++) absorb(part.charCodeAt(i));
    return;
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, part + 0); // −0 and 0 are one number.
  absorb(0xffffffff);
  absorb(view.getUint32(0));
  absorb(view.getUint32(4));
}
