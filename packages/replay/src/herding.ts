/** Which rule picks exemplars: `paper`, the mean of the chosen is kept near the class mean; `code`, the authors' program. */
export type Herding = 'paper' | 'code';
export const HERDINGS = ['paper', 'code'] as const;

type Row = ArrayLike<number>;

/**
 * The rows whose mean, as one after another is taken, stays nearest to the mean of all: their numbers, in the order in which they are taken.
 * A shorter list is the beginning of a longer one, so a list that is cut keeps its best.
 *
 *     p_k = argmin over the rest of ‖μ − (φ(x) + φ(p_1) + … + φ(p_{k−1})) / k‖       (Rebuffi et al., CVPR 2017, algorithm 4)
 *
 * The authors' program follows Welling (ICML 2009) instead: p_k = argmax ⟨w, φ(x)⟩ over all rows, then w ← w + μ − φ(p_k), from w = μ. It may
 * pick a row again, which adds nothing, and gives up after 1.1 × `count` picks, so that it can return fewer rows.
 *
 * @param rows Features, in iCaRL each of length 1.
 * @param count How many to take; all, where there are no more.
 * @example herding(unitRows(features), 20)
 */
export function herding(rows: readonly Row[], count: number, rule: Herding = 'paper'): number[] {
  return rule === 'paper' ? nearestMean(rows, Math.min(count, rows.length)) : welling(rows, Math.min(count, rows.length), count);
}

function nearestMean(rows: readonly Row[], count: number): number[] {
  const mean = meanOf(rows);
  const squares = rows.map((row) => product(row, row));
  const left = new Set(rows.keys());
  const chosen: number[] = [];
  /** k μ − Σ φ(p): ‖μ − (φ + Σ φ(p)) / k‖ is smallest where the distance of φ from it is. */
  const wanted = Float64Array.from(mean);
  while (chosen.length < count) {
    const next = argmax(left, (i) => 2 * product(wanted, rows[i]!) - squares[i]!);
    left.delete(next);
    chosen.push(next);
    for (let u = 0; u < wanted.length; u++) wanted[u]! += mean[u]! - rows[next]![u]!;
  }
  return chosen;
}

function welling(rows: readonly Row[], count: number, asked: number): number[] {
  const mean = meanOf(rows);
  const weights = Float64Array.from(mean);
  const chosen = new Set<number>();
  for (let round = 0; chosen.size < count && round < 1.1 * asked; round++) {
    const next = argmax(rows.keys(), (i) => product(weights, rows[i]!));
    chosen.add(next);
    for (let u = 0; u < weights.length; u++) weights[u]! += mean[u]! - rows[next]![u]!;
  }
  return [...chosen];
}

/** Rows of a block of numbers, each divided by its length. */
export function unitRows(values: ArrayLike<number>, units: number): Float64Array[] {
  return Array.from({ length: units === 0 ? 0 : values.length / units }, (_, i) => {
    const row = Float64Array.from({ length: units }, (_, u) => values[i * units + u]!);
    const length = Math.sqrt(product(row, row));
    return length > 0 ? row.map((value) => value / length) : row;
  });
}

/** The mean of rows. */
export function meanOf(rows: readonly Row[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let u = 0; u < mean.length; u++) mean[u]! += row[u]! / rows.length;
  return mean;
}

function product(a: Row, b: Row): number {
  let sum = 0;
  for (let u = 0; u < a.length; u++) sum += a[u]! * b[u]!;
  return sum;
}

/** The first with the highest score. */
function argmax(candidates: Iterable<number>, score: (i: number) => number): number {
  let [best, highest] = [-1, -Infinity];
  for (const i of candidates) {
    const value = score(i);
    if (value > highest) [best, highest] = [i, value];
  }
  return best;
}
