import type { Published } from './reproduction.js';

/** Where a measured mean should lie, in per cent. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

/** Half the width of a band where nothing is known of the spread, in points. */
const UNKNOWN = 2;
/** The least half width, in points. */
const LEAST = 1;

/**
 * The band around a published mean: twice the standard error of the difference of both means, at least a point; two points where the
 * publication gives no error.
 *
 * @param standardError Of the measured mean, in points.
 */
export function bandOf({ accuracy, standardError: theirs }: Published, standardError: number): Band {
  const half = theirs === undefined ? UNKNOWN : Math.max(LEAST, 2 * Math.hypot(theirs, standardError));
  return { low: accuracy - half, high: accuracy + half };
}

/** Mean, sample deviation and standard error of the mean; the last two are 0 for a single value. */
export function summaryOf(values: readonly number[]): {
  readonly mean: number;
  readonly deviation: number;
  readonly standardError: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  return { mean, deviation, standardError: deviation / Math.sqrt(values.length) };
}
