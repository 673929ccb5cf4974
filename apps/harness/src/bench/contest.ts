import { setTimeout as pause } from 'node:timers/promises';
import type { Rival } from './rival.js';

/** Milliseconds between turns: the threads of the one before wait for more work by spinning, which takes a core from the next. */
const SETTLE = 250;

export interface ContestOptions {
  readonly turns: number;
  /** Steps of a turn. */
  readonly steps: number;
  /** Steps that some of the rivals took before. */
  readonly earlier: number;
}

/** Times rivals in turns, one after another, and disposes them. Milliseconds a step, of each rival for each turn. */
export async function contest(
  rivals: readonly Rival[],
  { turns, steps, earlier }: ContestOptions,
): Promise<readonly (readonly number[])[]> {
  const times = rivals.map((): number[] => []);
  const places = rivals.map((_, i) => i);
  try {
    for (const rival of rivals) await rival.turn(warmUp(turns * (steps + 1), earlier));
    for (let turn = 0; turn < turns; turn++) {
      const first = turn % rivals.length;
      // Each goes first as often as the others.
      for (const place of [...places.slice(first), ...places.slice(0, first)]) {
        await pause(SETTLE);
        times[place]!.push(await rivals[place]!.turn(steps));
      }
    }
  } finally {
    for (const rival of rivals) rival.dispose();
  }
  return times;
}

/**
 * A compiled step is compared with the eager one at its first call and its second, and later at calls whose number is a power of two: so
 * many steps before the first turn that none of the turns' steps is such a call, whether or not earlier ones and the first of the
 * warm-up, which is taken besides, are calls of the same program.
 */
export const warmUp = (timed: number, earlier: number): number => 2 ** Math.ceil(Math.log2(timed + earlier + 2));

export const median = (times: readonly number[]): number => quantile(times, 0.5);

/** Half the distance between the quartiles. */
export const spread = (times: readonly number[]): number => (quantile(times, 0.75) - quantile(times, 0.25)) / 2;

/** Median of the turns' ratios; null if there is nothing to compare with. */
export const ratio = (times: readonly number[], others: readonly number[] | undefined): number | null =>
  others ? median(times.map((ms, turn) => ms / others[turn]!)) : null;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}
