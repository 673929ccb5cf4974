/** Reproducible random numbers. Two generators made with the same arguments give the same numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number in [0, limit). Unbiased. */
  integer(limit: number): number;
  /** Standard normal. */
  normal(): number;
  /** 0 … length − 1 in random order. */
  permutation(length: number): Int32Array;
  /** `count` different whole numbers of [0, limit), in random order; all of them if `count` ≥ `limit`. */
  sample(count: number, limit: number): Int32Array;
}
