import { accuracyAfterEach } from '@cl/core';
import { spreadOf } from '../report-data/summarise.js';
import type { RunResult } from '../results/schema.js';
import { percent } from '../terminal/format.js';
import { apart } from './apart.js';
import type { Series } from './series.js';
import type { Chart } from './svg.js';
import type { ResultRow } from './tables.js';
import { color } from './theme.js';

/** Average accuracy after each task, in percent. */
export interface Curve {
  readonly series: Series;
  readonly bound: 'upper' | 'lower' | null;
  /** From the first task on. A strategy that learns all tasks at once has the same everywhere. */
  readonly points: readonly Point[];
  readonly atOnce: boolean;
}

interface Point {
  readonly mean: number;
  readonly deviation: number | null;
}

/** The curves of strategies; none where all tasks were learned at once, or there is one task. */
export function curvesOf(rows: readonly ResultRow[], series: ReadonlyMap<string, Series>): Curve[] {
  const followed = rows.map((row) => ({ row, runs: row.results.map(afterEach).filter((run) => run !== null) }));
  const tasks = Math.max(0, ...followed.flatMap(({ runs }) => runs.map((run) => run.length)));
  if (tasks < 2) return [];
  return followed.flatMap(({ row, runs }) => {
    const atOnce = runs.length === 0;
    const { accuracy: level } = row;
    if (atOnce && !level) return [];
    const at = (task: number) => (atOnce ? level : spreadOf(runs.map((run) => run[task])));
    const points = Array.from({ length: tasks }, (_, task) => at(task)).flatMap((spread): Point[] =>
      spread ? [{ mean: 100 * spread.mean, deviation: spread.deviation === null ? null : 100 * spread.deviation }] : [],
    );
    return [{ series: series.get(row.label)!, bound: row.bound, points, atOnce }];
  });
}

function afterEach({ accuracy, tasks }: RunResult): number[] | null {
  const whole = accuracy.length === tasks.length && accuracy.every((row, i) => row.slice(0, i + 1).every((value) => value !== null));
  return whole && tasks.length > 1 ? accuracyAfterEach(accuracy) : null;
}

export interface Size {
  /** Of the whole picture. */
  readonly width: number;
  readonly height: number;
  /** Most letters of a label. */
  readonly letters?: number;
  /** Where the axis begins, in percent. Default: see `lowest`. */
  readonly low?: number;
}

const LETTER = 6.6;
const LINE = 15;

/** Mean and band of each curve, named at its end. Above the upper bound and below the lower one is shaded. */
export function curvesChart(curves: readonly Curve[], size: Size): Chart {
  const { letters = 30, width, height } = size;
  const labels = curves.map(({ series, points }) => `${shortened(series.label, letters)}  ${percent(points.at(-1)!.mean / 100)}`);
  const right = 24 + LETTER * Math.max(...labels.map((label) => label.length));
  const padding = { left: 36, top: 12, right, bottom: 36 };
  const plot = { width: width - padding.left - right, height: height - padding.top - padding.bottom };
  const tasks = Math.max(...curves.map(({ points }) => points.length));
  const low = size.low ?? lowest(curves);
  const y = (value: number) => plot.height * (1 - (value - low) / (100 - low));
  const ends = curves.map(({ points }) => y(points.at(-1)!.mean));
  const places = apart(ends, { gap: LINE, from: 4, to: plot.height - 4 });

  // The best is drawn last, above the others; bounds first.
  const inOrder = curves.toReversed().sort((a, b) => Number(b.bound !== null) - Number(a.bound !== null));
  const rows = inOrder.flatMap(({ series, points, atOnce }) =>
    points.map(({ mean, deviation }, i) => ({
      series: series.label,
      task: i + 1,
      mean,
      low: Math.max(low, mean - (deviation ?? 0)),
      high: Math.min(100, mean + (deviation ?? 0)),
      marked: !atOnce,
    })),
  );
  const shade = (['upper', 'lower'] as const).flatMap((bound) => {
    // With two upper bounds, the one that is followed task by task.
    const [curve] = curves.filter((one) => one.bound === bound).sort((a, b) => Number(a.atOnce) - Number(b.atOnce));
    return curve ? curve.points.map(({ mean }, i) => ({ bound, task: i + 1, mean, edge: bound === 'upper' ? 100 : low })) : [];
  });
  const names = labels.map((label, i) => ({ label, series: curves[i]!.series.label, end: ends[i]!, place: places[i]! }));
  const domain = curves.map(({ series }) => series.label);
  const own = <T>(look: (series: Series) => T) => ({
    field: 'series',
    type: 'nominal' as const,
    scale: { domain, range: curves.map(({ series }) => look(series)) },
    legend: null,
  });
  const colors = own((series) => color(series.color));
  const step = Math.ceil(tasks / (plot.width / 26));
  const x = {
    field: 'task',
    type: 'quantitative' as const,
    scale: { domain: [1, tasks], padding: 8, nice: false },
    axis: {
      title: 'tasks learned',
      grid: false,
      format: 'd',
      values: Array.from({ length: tasks }, (_, i) => i + 1).filter((task) => (tasks - task) % step === 0),
    },
  };
  const scale = { domain: [low, 100], nice: false, zero: false };
  const percentAxis = {
    title: null,
    tickCount: 6,
    domain: false,
    ticks: false,
    labelExpr: "datum.value + (datum.value == 100 ? ' %' : '')",
  };
  const yOf = (field: string) => ({ field, type: 'quantitative' as const, scale, axis: percentAxis });
  const pixel = (field: string) => ({ field, type: 'quantitative' as const, scale: null, axis: null });

  return {
    autosize: { type: 'none', contains: 'content' },
    padding,
    ...plot,
    layer: [
      {
        data: { values: shade },
        mark: { type: 'area', color: color('ink'), opacity: 0.07 },
        encoding: { x, y: yOf('mean'), y2: { field: 'edge' }, detail: { field: 'bound' } },
      },
      {
        data: { values: rows.filter((row) => row.high > row.low) },
        mark: { type: 'area', opacity: 0.16 },
        encoding: { x, y: yOf('low'), y2: { field: 'high' }, color: colors },
      },
      {
        data: { values: rows },
        mark: { type: 'line', strokeWidth: 2, strokeJoin: 'round' },
        encoding: { x, y: yOf('mean'), color: colors, strokeDash: own((series) => [...(series.dash.length > 0 ? series.dash : [1, 0])]) },
      },
      {
        data: { values: rows.filter(({ marked }) => marked) },
        mark: { type: 'point', filled: true, opacity: 1, size: 46, stroke: color('page'), strokeWidth: 1 },
        encoding: { x, y: yOf('mean'), fill: colors, shape: own((series) => series.shape) },
      },
      {
        data: { values: names },
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x: { value: plot.width - 2 }, x2: { value: plot.width + 14 }, y: pixel('end'), y2: { field: 'place' }, color: colors },
      },
      {
        data: { values: names },
        mark: { type: 'text', align: 'left', baseline: 'middle', limit: 0, fontSize: 12 },
        encoding: { x: { value: plot.width + 18 }, y: pixel('place'), text: { field: 'label' } },
      },
    ],
    resolve: { scale: { strokeDash: 'independent' } },
  } as Chart;
}

/** Where the axis begins: 0, unless all is so high that the upper part alone says more. */
export function lowest(curves: readonly Curve[]): number {
  const least = Math.min(...curves.flatMap(({ points }) => points.map(({ mean, deviation }) => mean - (deviation ?? 0))));
  return least > 40 ? 10 * Math.floor((least - 3) / 10) : 0;
}

const shortened = (label: string, letters: number): string => (label.length > letters ? `${label.slice(0, letters - 1)}…` : label);
