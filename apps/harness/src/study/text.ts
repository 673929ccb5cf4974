import { NONE } from '../terminal/format.js';
import type { StudySummary } from './result.js';
import type { Measure } from './study.js';

/** A number as its measure is written: '12.3' for a share in per cent, '0.512' nats, '41' seconds. */
export function written(value: number, { unit }: Pick<Measure, 'unit'>): string {
  if (unit === '%') return (100 * value).toFixed(1);
  if (unit === 'nats' || unit === '') return value.toFixed(3);
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toString() : value.toFixed(1);
}

/** '12.3 ± 0.4': mean and standard error; the mean alone for one seed. */
export function spread(summary: StudySummary | null | undefined, measure: Pick<Measure, 'unit'>, seeds: number): string {
  if (!summary) return NONE;
  return seeds > 1 ? `${written(summary.mean, measure)} ± ${written(summary.standardError, measure)}` : written(summary.mean, measure);
}

/** 'macro F1 %' */
export const heading = ({ label, unit }: Measure): string => (unit === '' ? label : `${label} ${unit}`);
