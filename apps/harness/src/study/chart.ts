import { apart } from '../report/apart.js';
import type { Series } from '../report/series.js';
import type { Chart } from '../report/svg.js';
import { color, SERIES } from '../report/theme.js';
import type { StudyResult, StudyRow } from './result.js';
import type { Measure } from './study.js';
import { heading, written } from './text.js';

/** How an arm looks, everywhere in a study: colours come again after eight, with another dash. */
export function lookOf(index: number, label: string): Series {
  const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 2]];
  const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right', 'triangle-left'] as const;
  const round = Math.floor(index / SERIES.length);
  return {
    label,
    color: SERIES[index % SERIES.length]!,
    dash: dashes[round % dashes.length]!,
    shape: shapes[(index + round) % shapes.length]!,
  };
}

const LETTER = 6.4;
/** Of a chart, in pixels. */
export const SERIES_SIZE = { width: 680, height: 320 };
const LETTERS = 34;

/** A measure as it went, one line an arm, named at its end. Null where fewer than two points are known. */
function seriesChart(rows: readonly StudyRow[], name: string, measure: Measure | undefined): Chart | null {
  const unit = measure?.unit ?? '';
  const scaled = (value: number) => (unit === '%' ? 100 * value : value);
  const lines = rows.flatMap((row, i) => {
    const points = (row.series[name]?.y ?? []).flatMap((y, x) => (y === null ? [] : [{ x: x + 1, y: scaled(y) }]));
    return points.length > 1 ? [{ look: lookOf(i, row.label), points, names: row.series[name]!.x }] : [];
  });
  if (lines.length === 0) return null;
  const all = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [low, high] = range(Math.min(...all), Math.max(...all), unit);
  const labels = lines.map(
    ({ look, points }) => `${shortened(look.label, LETTERS)}  ${written(points.at(-1)!.y / (unit === '%' ? 100 : 1), { unit })}`,
  );
  const right = 30 + LETTER * Math.max(...labels.map(({ length }) => length));
  const plot = { width: SERIES_SIZE.width - 44 - right, height: SERIES_SIZE.height - 60 };
  const yOf = (value: number) => plot.height * (1 - (value - low) / (high - low));
  const ends = lines.map(({ points }) => yOf(points.at(-1)!.y));
  const places = apart(ends, { gap: 15, from: 4, to: plot.height - 4 });
  const names = labels.map((label, i) => ({ label, series: lines[i]!.look.label, end: ends[i]!, place: places[i]! }));
  const own = <T>(look: (series: Series) => T) => ({
    field: 'series',
    type: 'nominal' as const,
    scale: { domain: lines.map(({ look: { label } }) => label), range: lines.map((line) => look(line.look)) },
    legend: null,
  });
  const longest = lines.reduce((a, b) => (b.names.length > a.names.length ? b : a)).names;
  const x = {
    field: 'x',
    type: 'quantitative' as const,
    scale: { domain: [1, longest.length], padding: 8, nice: false },
    axis: {
      title: null,
      grid: false,
      values: longest.map((_, i) => i + 1),
      labelExpr: `${JSON.stringify(longest.map((each) => shortened(each.replace(/^after /, ''), 14)))}[datum.value - 1]`,
      // Tilted labels begin at their point: to the right there is room for the last one.
      ...(longest.length > 6
        ? { labelAngle: 25, labelAlign: 'left' as const, labelOverlap: false }
        : { labelAngle: 0, labelOverlap: true }),
    },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { domain: [low, high], nice: false, zero: false },
    axis: { title: null, tickCount: 6, domain: false, ticks: false },
  });
  const pixel = (field: string) => ({ field, type: 'quantitative' as const, scale: null, axis: null });
  const values = lines.flatMap(({ look, points }) => points.map((point) => ({ series: look.label, ...point })));
  return {
    autosize: { type: 'none', contains: 'content' },
    padding: { left: 44, top: 12, right, bottom: 48 },
    ...plot,
    layer: [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2, strokeJoin: 'round' },
        encoding: {
          x,
          y: y('y'),
          color: own((look) => color(look.color)),
          strokeDash: own(({ dash }) => (dash.length > 0 ? [...dash] : [1, 0])),
        },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, opacity: 1, size: 40, stroke: color('page'), strokeWidth: 1 },
        encoding: { x, y: y('y'), fill: own((look) => color(look.color)), shape: own(({ shape }) => shape) },
      },
      {
        data: { values: names },
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: {
          x: { value: plot.width - 2 },
          x2: { value: plot.width + 14 },
          y: pixel('end'),
          y2: { field: 'place' },
          color: own((look) => color(look.color)),
        },
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

interface SeriesChart {
  readonly name: string;
  readonly title: string;
  readonly measure: Measure | undefined;
  readonly chart: Chart;
}

/** A chart of each series of a study that has more than a point. */
export function seriesCharts({ rows, measures }: Pick<StudyResult, 'rows' | 'measures'>): SeriesChart[] {
  const names = [...new Set(rows.flatMap(({ series }) => Object.keys(series)))];
  return names.flatMap((name) => {
    const measure = measures.find((each) => each.name === name);
    const chart = seriesChart(rows, name, measure);
    return chart ? [{ name, title: measure ? heading(measure) : name, measure, chart }] : [];
  });
}

function range(least: number, most: number, unit: Measure['unit']): readonly [number, number] {
  const room = 0.06 * (most - least || Math.abs(most) || 1);
  const low = least >= 0 && least < 0.4 * most ? 0 : least - room;
  return unit === '%' ? [Math.max(0, low), Math.min(100, most + room)] : [low, most + room];
}

const shortened = (label: string, letters: number): string => (label.length > letters ? `${label.slice(0, letters - 1)}…` : label);
