/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), used
 * the way TensorFlow's stateless random ops use it: the same seed gives the same bits on the host and in native code.
 */

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85] as const;

/** TensorFlow's fixed key for scrambling a seed, so that no bits of a seed are better than others (GenerateKey). */
const SCRAMBLE = [0x3ec8f720, 0x02461e29] as const;

/** Two int32 numbers, as in TensorFlow's stateless ops. */
export type Seed = readonly [number, number];

/** Four random 32-bit words: a bijection of the counter (four words) for each key (two words). */
export function philox(key: ArrayLike<number>, counter: ArrayLike<number>): Uint32Array {
  const words = new Uint32Array(4);
  words.set(counter);
  scramble(words, 0, key[0]!, key[1]!);
  return words;
}

/** The first `count` random words of a seed: TensorFlow's StatelessRandomUniformFullInt. */
export function wordsFromSeed(count: number, seed: Seed): Uint32Array {
  // A negative seed is sign-extended to 64 bits, as C++ does.
  const mixed = philox(SCRAMBLE, [seed[0] >>> 0, seed[0] < 0 ? 0xffffffff : 0, seed[1] >>> 0, seed[1] < 0 ? 0xffffffff : 0]);
  const words = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let block = 0; block * 4 < count; block++) {
    const at = block * 4;
    words[at] = block;
    words[at + 1] = Math.floor(block / 0x100000000);
    words[at + 2] = mixed[2]!;
    words[at + 3] = mixed[3]!;
    scramble(words, at, mixed[0]!, mixed[1]!);
  }
  return words.subarray(0, count);
}

/** Uniform in [0, 1): bit for bit TensorFlow's StatelessRandomUniform. */
export function uniformFromSeed(count: number, seed: Seed): Float32Array {
  const words = wordsFromSeed(count, seed);
  const values = new Float32Array(words.buffer, 0, count);
  for (let i = 0; i < count; i++) values[i] = unit(words[i]!);
  return values;
}

/** Standard normal by Box and Muller: TensorFlow's StatelessRandomNormal up to rounding. */
export function normalFromSeed(count: number, seed: Seed): Float32Array {
  const words = wordsFromSeed(count + (count % 2), seed);
  const values = new Float32Array(words.buffer, 0, words.length);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(Math.max(unit(words[i]!), 1e-7)));
    const angle = 2 * Math.PI * unit(words[i + 1]!);
    values[i] = radius * Math.sin(angle);
    values[i + 1] = radius * Math.cos(angle);
  }
  return values.subarray(0, count);
}

/** The low 23 bits as a float's mantissa: a multiple of 2⁻²³ in [0, 1), exact in float32. */
function unit(word: number): number {
  return (word & 0x7fffff) / 0x800000;
}

/** Ten rounds on the four words from `at`, in place. */
export function scramble(words: Uint32Array, at: number, key0: number, key1: number): void {
  let [c0, c1, c2, c3] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
  let [k0, k1] = [key0, key1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIERS[0], c0);
    const high1 = multiplyHigh(MULTIPLIERS[1], c2);
    const low0 = Math.imul(MULTIPLIERS[0], c0) >>> 0;
    const low1 = Math.imul(MULTIPLIERS[1], c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + KEY_STEPS[0]) >>> 0;
    k1 = (k1 + KEY_STEPS[1]) >>> 0;
  }
  words[at] = c0;
  words[at + 1] = c1;
  words[at + 2] = c2;
  words[at + 3] = c3;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. Halves keep each partial product exact. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(((middle % 0x10000) + aLow * bHigh) / 0x10000);
}
