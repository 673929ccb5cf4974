import type { Spread } from '../report-data/summarise.js';
import { bytes, NONE, percentSpread } from '../terminal/format.js';

/** A true minus, and no line break within '88.0 ± 0.9'. */
const typeset = (text: string): string => text.replace(/^-/, '−').replaceAll(' ± ', '\u00a0±\u00a0');

/** In percent, or in points: '88.0 ± 0.9', '−10.4 ± 2.1' */
export const points = (spread: Spread | null): string => typeset(percentSpread(spread));

/** Milliseconds: '0.44 ± 0.03', '1.1 ± 0.1'; as many digits as the mean deserves. */
export function pace(spread: Spread | null): string {
  if (spread === null) return NONE;
  const digits = spread.mean < 1 ? 2 : spread.mean < 10 ? 1 : 0;
  const texts = [spread.mean, spread.deviation].filter((value) => value !== null).map((value) => value.toFixed(digits));
  return typeset(texts.join(' ± '));
}

export const meanOf = (spread: Spread | null, text: (value: number) => string): string => (spread === null ? NONE : text(spread.mean));

/** Bytes: '53 kB' */
export const size = (value: number): string => bytes(Math.round(value));
