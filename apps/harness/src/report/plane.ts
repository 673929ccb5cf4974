import type { Series } from './series.js';
import type { Chart } from './svg.js';
import type { ResultRow } from './tables.js';
import { color } from './theme.js';

/** A run as a point, in percent. */
export interface PlanePoint {
  readonly label: string;
  readonly seed: number;
  /** How well each task was learned at the time. */
  readonly learning: number;
  readonly forgetting: number;
}

export const planePoints = (rows: readonly ResultRow[]): PlanePoint[] =>
  rows.flatMap(({ label, results }) =>
    results.flatMap(({ spec, metrics: { learningAccuracy, forgetting } }) =>
      typeof learningAccuracy === 'number' && typeof forgetting === 'number'
        ? [{ label, seed: spec.seed, learning: 100 * learningAccuracy, forgetting: 100 * forgetting }]
        : [],
    ),
  );

/** Stability against plasticity: one point a run. Best is below, on the right. */
export function planeChart(
  points: readonly PlanePoint[],
  series: ReadonlyMap<string, Series>,
  size: { width: number; height: number },
): Chart {
  const labels = [...new Set(points.map(({ label }) => label))];
  const own = <T>(look: (series: Series) => T) => ({
    field: 'label',
    type: 'nominal' as const,
    scale: { domain: labels, range: labels.map((label) => look(series.get(label)!)) },
    legend: null,
  });
  const axis = { tickCount: 5, domain: false, ticks: false };
  const padding = { left: 52, top: 12, right: 14, bottom: 38 };
  const { width, height } = size;
  return {
    autosize: { type: 'none', contains: 'content' },
    padding,
    width: width - padding.left - padding.right,
    height: height - padding.top - padding.bottom,
    // Bounds below the others.
    data: { values: [...points].reverse() },
    mark: { type: 'point', filled: true, size: 80, opacity: 0.9, stroke: color('page'), strokeWidth: 1 },
    encoding: {
      x: {
        field: 'learning',
        type: 'quantitative',
        scale: {
          domain: around(
            points.map(({ learning }) => learning),
            100,
          ),
          nice: true,
          zero: false,
        },
        axis: { ...axis, title: 'learning accuracy, %  (plastic →)' },
      },
      y: {
        field: 'forgetting',
        type: 'quantitative',
        scale: { domain: around([0, ...points.map(({ forgetting }) => forgetting)]), nice: true, zero: false },
        axis: { ...axis, title: '(← stable)  forgetting, points' },
      },
      fill: own((one) => color(one.color)),
      shape: own((one) => one.shape),
    },
  } as Chart;
}

/** A range that has all values in it, with some room. */
function around(values: readonly number[], top = Infinity): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.5, 0.04 * (high - low));
  return [low - room, Math.min(top, high + room)];
}
