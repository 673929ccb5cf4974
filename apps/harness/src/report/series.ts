import { catalog } from '../strategies/catalog.js';
import type { ResultRow, Section } from './tables.js';
import { type Color, SERIES } from './theme.js';

/** How a strategy looks, everywhere in a report. */
export interface Series {
  readonly label: string;
  readonly color: Color;
  /** Of its line, in pixels drawn and left out; empty for a continuous one. */
  readonly dash: readonly number[];
  readonly shape: (typeof SHAPES)[number];
}

const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right', 'triangle-left'] as const;
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [7, 3, 2, 3]];

/** Those that most is compared with differ in colour, whatever comes into the catalog. */
const FIRST = ['ewc', 'spg', 'agem', 'lwf', 'replay', 'packnet'];

/** Colours that strategies have in every report; others get what is left. */
const own = new Map(
  [...new Set([...FIRST, ...catalog.filter(({ family }) => family !== 'baseline').map(({ name }) => name)])].map((name, i) => [name, i]),
);

/**
 * How each strategy looks, by its label: the same in all sections. Bounds are grey. Colours come again after eight, with another dash.
 */
export function seriesOf(sections: readonly Section[]): ReadonlyMap<string, Series> {
  const rows = new Map(sections.flatMap((section) => section.rows).map((row) => [row.label, row]));
  const taken = new Set<number>();
  const places = new Map<string, number>();
  const take = (label: string, place: number) => {
    taken.add(place);
    places.set(label, place);
  };
  const others = [...rows.values()].filter(({ bound }) => !bound);
  for (const { label, strategy } of others) {
    const place = own.get(strategy);
    if (place !== undefined && !taken.has(place)) take(label, place);
  }
  for (const { label } of others) if (!places.has(label)) take(label, firstFree(taken));
  return new Map([...rows.values()].map((row) => [row.label, lookOf(row, places.get(row.label) ?? 0)]));
}

function lookOf({ label, bound, strategy }: ResultRow, place: number): Series {
  if (bound === 'lower') return { label, color: 'lower', dash: [], shape: 'circle' };
  if (bound === 'upper') return { label, color: 'upper', dash: strategy === 'cumulative' ? [2, 2] : [6, 4], shape: 'square' };
  const round = Math.floor(place / SERIES.length);
  return {
    label,
    color: SERIES[place % SERIES.length]!,
    dash: DASHES[round % DASHES.length]!,
    shape: SHAPES[(place + round) % SHAPES.length]!,
  };
}

function firstFree(taken: ReadonlySet<number>): number {
  for (let place = 0; ; place++) if (!taken.has(place)) return place;
}
