import { checkOneOf } from '@cl/core';
import type { Benchmark } from './benchmark.js';
import { permutedMnist, permutedMnistIn20 } from './permuted-mnist.js';
import { rotatedMnist } from './rotated-mnist.js';
import { splitCifar100In10, splitCifar100In20, splitDigits, splitFashionMnist, splitMnist } from './split.js';

export type { Benchmark, BenchmarkOptions, Defaults } from './benchmark.js';

/** All benchmarks, the quickest first. */
export const benchmarks: readonly Benchmark[] = [
  splitDigits,
  splitMnist,
  splitFashionMnist,
  permutedMnist,
  permutedMnistIn20,
  rotatedMnist,
  splitCifar100In10,
  splitCifar100In20,
];

/**
 * A benchmark by its name.
 *
 * @throws CL_OPTION with the name that was probably meant.
 * @example const stream = await benchmark('split-digits').load({ scenario: 'class', seed: 1 });
 */
export function benchmark(name: string): Benchmark {
  const names = benchmarks.map((known) => known.name);
  return benchmarks[names.indexOf(checkOneOf('benchmark', 'name', name, names))]!;
}
