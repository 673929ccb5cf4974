import { spreadOf } from '../report-data/summarise.js';
import type { RunResult } from '../results/schema.js';
import type { Chart } from './svg.js';
import { color, HEAT_TURN } from './theme.js';

/** Mean over runs. Row: after which training; column: on which task; in [0, 1], or null. */
export interface MeanMatrix {
  readonly rows: readonly (readonly (number | null)[])[];
  /** 'all' where all tasks were learned at once. */
  readonly names: readonly string[];
}

export function meanMatrix(results: readonly RunResult[]): MeanMatrix {
  const [height, width] = [
    Math.max(0, ...results.map(({ accuracy }) => accuracy.length)),
    Math.max(0, ...results.map(({ tasks }) => tasks.length)),
  ];
  const rows = Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => spreadOf(results.map(({ accuracy }) => accuracy[row]?.[column]))?.mean ?? null),
  );
  return { rows, names: height === width ? rows.map((_, i) => String(i + 1)) : rows.map((_, i) => (height === 1 ? 'all' : String(i + 1))) };
}

/** Accuracies as cells of one colour, the darker the better, each with its number. Those of tasks not learned yet have no frame. */
export function matrixChart({ rows, names }: MeanMatrix): Chart {
  const tasks = Math.max(...rows.map((row) => row.length));
  const cell = tasks <= 6 ? 30 : tasks <= 10 ? 25 : tasks <= 20 ? 20 : 12;
  const rounded = cell > 20 ? { cornerRadius: 2 } : {};
  const square = rows.length === tasks;
  const values = rows.flatMap((row, i) =>
    row.flatMap((share, j) =>
      share === null
        ? []
        : [
            {
              after: names[i],
              on: j + 1,
              share: Math.max(0.02, Math.round(100 * share) / 100),
              text: cell < 20 ? '' : String(Math.round(100 * share)),
              ink: color(share >= HEAT_TURN ? 'heat-high' : 'heat-low'),
              own: square && i === j,
              strength: square && j > i ? 0.6 : 1,
            },
          ],
    ),
  );
  const axis = { domain: false, ticks: false, labelAngle: 0, labelPadding: 4, ...(cell < 20 && { labelOverlap: 'greedy' as const }) };
  const place = { type: 'ordinal' as const, sort: null, scale: { paddingInner: 0.06, paddingOuter: 0.03 } };
  const x = { ...place, field: 'on', axis: { ...axis, title: 'on task' } };
  const y = { ...place, field: 'after', axis: { ...axis, title: square ? 'after task' : 'after' } };
  return {
    autosize: { type: 'none', contains: 'content' },
    padding: { left: 42, top: 4, right: 4, bottom: 36 },
    width: cell * tasks,
    height: cell * rows.length,
    data: { values },
    layer: [
      {
        mark: { type: 'rect', color: color('heat'), ...rounded },
        encoding: { x, y, fillOpacity: { field: 'share', type: 'quantitative', scale: null } },
      },
      {
        transform: [{ filter: 'datum.own' }],
        mark: { type: 'rect', filled: false, stroke: color('ink'), strokeWidth: 1.5, ...rounded },
        encoding: { x, y },
      },
      {
        mark: { type: 'text', fontSize: cell < 25 ? 9 : 11 },
        encoding: {
          x,
          y,
          text: { field: 'text' },
          color: { field: 'ink', type: 'nominal', scale: null },
          opacity: { field: 'strength', type: 'quantitative', scale: null },
        },
      },
    ],
  } as Chart;
}
