import type { Spread } from '../report-data/summarise.js';
import type { Series } from './series.js';
import type { Chart } from './svg.js';
import { color } from './theme.js';

export interface Bar {
  readonly series: Series;
  readonly value: Spread;
  readonly text: string;
}

const LINE = 24;
const LETTER = 6.3;

/** A bar a strategy, from 0, with its name, its number, and a line from one standard deviation below to one above. */
export function barsChart(bars: readonly Bar[], width: number): Chart {
  const padding = {
    left: 12 + LETTER * Math.max(...bars.map(({ series }) => series.label.length)),
    top: 2,
    right: 14 + LETTER * Math.max(...bars.map(({ text }) => text.length)),
    bottom: 2,
  };
  const most = Math.max(...bars.map(({ value: { mean, deviation } }) => mean + (deviation ?? 0)));
  const values = bars.map(({ series, value: { mean, deviation }, text }) => ({
    label: series.label,
    color: color(series.color),
    mean,
    low: Math.max(0, mean - (deviation ?? 0)),
    high: mean + (deviation ?? 0),
    text,
  }));
  const y = {
    field: 'label',
    type: 'ordinal' as const,
    sort: null,
    scale: { paddingInner: 0.4, paddingOuter: 0.2 },
    axis: { title: null, domain: false, ticks: false, labelColor: color('ink'), labelPadding: 8 },
  };
  const x = (field: string) => ({ field, type: 'quantitative' as const, scale: { domain: [0, most || 1], nice: false }, axis: null });
  return {
    autosize: { type: 'none', contains: 'content' },
    padding,
    width: Math.max(60, width - padding.left - padding.right),
    height: LINE * bars.length,
    data: { values },
    layer: [
      { mark: 'bar', encoding: { x: x('mean'), y, color: { field: 'color', type: 'nominal', scale: null } } },
      {
        transform: [{ filter: 'datum.high > datum.low' }],
        mark: { type: 'rule', color: color('ink'), strokeWidth: 1.5 },
        encoding: { x: x('low'), x2: { field: 'high' }, y },
      },
      { mark: { type: 'text', align: 'left', dx: 8, limit: 0 }, encoding: { x: x('high'), y, text: { field: 'text' } } },
    ],
  } as Chart;
}
