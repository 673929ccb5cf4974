import type { Spread } from '../report-data/summarise.js';
import type { RunSpec } from '../results/schema.js';

export const NONE = '–';

/** 0.881 → '88.1' */
export const percent = (value: number): string => {
  const text = (100 * value).toFixed(1);
  return text === '-0.0' ? '0.0' : text;
};

/** '88.0 ± 0.9' */
export const percentSpread = (spread: Spread | null): string =>
  spread === null ? NONE : spread.deviation === null ? percent(spread.mean) : `${percent(spread.mean)} ± ${percent(spread.deviation)}`;

/** '2.1 s', '41 s', '3 min 10 s', '2 h 5 min' */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 90) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Roughly: 'some seconds', 'about 4 min' */
export function roughly(seconds: number): string {
  if (seconds < 20) return 'some seconds';
  if (seconds < 90) return `about ${10 * Math.round(seconds / 10)} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

/** '1.9 MB' */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(0)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}

export const milliseconds = (value: number): string => (value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : value.toFixed(0));

/** '3 seeds', '1 seed' */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : word.endsWith('s') ? 'es' : 's'}`;

/** 'strategies' for more than one. */
export const strategies = (count: number): string => `${count} ${count === 1 ? 'strategy' : 'strategies'}`;

export const scenarioTitle: Readonly<Record<RunSpec['scenario'], string>> = {
  class: 'class-incremental',
  task: 'task-incremental',
  domain: 'domain-incremental',
  free: 'task-free',
};
