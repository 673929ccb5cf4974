import type { Spread } from '../report-data/summarise.js';
import type { RunFailure } from '../results/schema.js';
import { plural } from '../terminal/format.js';
import { keyOf } from './figure.js';
import { html, type Markup } from './html.js';
import { csvLink } from './run-part.js';
import type { Series } from './series.js';
import { meanOf, pace, points, size } from './spread-text.js';
import { MEASURES, type Measure, type ResultRow, type Section } from './tables.js';

interface Column {
  readonly title: string;
  readonly hint: string;
  readonly value: (row: ResultRow) => Spread | null;
  readonly text: (spread: Spread | null) => string;
  readonly measure?: Measure;
}

const measured = (measure: Measure, title: string, hint: string): Column => ({
  title,
  hint,
  value: (row) => row[measure],
  text: points,
  measure,
});

const COLUMNS: readonly Column[] = [
  measured('accuracy', 'accuracy, %', 'over all tasks, after the last one'),
  measured('accuracyWithinTask', 'if told the task, %', 'the same runs when only the classes of the task of a row compete'),
  measured('forgetting', 'forgetting', 'points lost on a task against the best it ever was; lower is better'),
  measured('backwardTransfer', 'backward transfer', 'what later tasks did to earlier ones, in points; negative is forgetting'),
  measured('forwardTransfer', 'forward transfer', 'what earlier tasks did for later ones before they were learned, in points'),
  measured('learningAccuracy', 'learning accuracy, %', 'on each task right after it was learned'),
  { title: 'ms a step', hint: 'milliseconds of a training step', value: ({ msPerIteration }) => msPerIteration, text: pace },
  { title: 'keeps', hint: 'what the strategy keeps beside the model', value: ({ kept }) => kept, text: (spread) => meanOf(spread, size) },
];

/** Part 2: the table, with spread; the best and the bounds are marked. */
export function resultsPart(
  { rows, benchmark, scenario }: Section,
  series: ReadonlyMap<string, Series>,
  failures: readonly RunFailure[],
): Markup {
  const columns = COLUMNS.filter(({ value }) => rows.some((row) => value(row)));
  const counts = [...new Set(rows.map(({ seeds }) => seeds.length))];
  // A column only where it tells something.
  const counted = counts.length > 1 || rows.some(({ failed }) => failed.length > 0);
  const spread =
    Math.max(...counts) > 1
      ? `Mean ± standard deviation over ${counted ? 'seeds' : `${counts[0]} seeds`}.`
      : 'One seed: nothing is known of the spread.';
  const marked = rows.some(({ best }) => best.length > 0);
  const name = `${benchmark}-${scenario}`.replace(/[^\w-]+/g, '-');
  return html`<h3>Results</h3>
<p class="note">${spread} ${marked && html`<span class="best"></span> the best of its column, bounds aside. `}<span class="screen">A click on a heading sorts.</span></p>
<div class="scroll" tabindex="0" role="region" aria-label="Results">
<table class="results">
<thead><tr><th scope="col" data-type="text" data-first="ascending">strategy</th>${columns.map(head)}${counted && html`<th scope="col">seeds</th>`}</tr></thead>
<tbody>
${rows.map((row) => rowOf(row, { columns, counted, series: series.get(row.label)! }))}</tbody>
</table>
</div>
${csvLink(
  rows.flatMap(({ results }) => results),
  failures,
  name,
)}`;
}

const head = ({ title, hint, measure }: Column): Markup =>
  html`<th scope="col" title="${hint}" data-first="${measure && MEASURES[measure] === 'up' ? 'descending' : 'ascending'}">${title}</th>`;

interface Look {
  readonly columns: readonly Column[];
  readonly counted: boolean;
  readonly series: Series;
}

const rowOf = (row: ResultRow, { columns, counted, series }: Look): Markup => html`<tr${row.bound && html` class="bound"`}>
<th scope="row" data-value="${row.label}">${keyOf(series)}${row.label}${row.bound && html` <span class="tag">${row.bound}<span class="long"> bound</span></span>`}</th>
${columns.map((column) => cell(row, column))}
${counted && html`<td data-value="${row.seeds.length}">${row.seeds.length}${row.failed.length > 0 && html` <span class="tag">${row.failed.length} failed</span>`}</td>`}</tr>
`;

function cell(row: ResultRow, { value, text, measure }: Column): Markup {
  const spread = value(row);
  const best = measure !== undefined && row.best.includes(measure);
  const classes = [measure && 'mark', best && 'best'].filter(Boolean).join(' ');
  return html`<td${classes && html` class="${classes}"`} data-value="${spread?.mean}">${text(spread)}${best && html`<span class="unseen"> (best)</span>`}</td>`;
}

/** Whether two means are no further apart than either's standard deviation. */
const isNear = (a: Spread, b: Spread): boolean => Math.abs(a.mean - b.mean) < Math.max(a.deviation ?? 0, b.deviation ?? 0);

/** The section in a sentence. */
export function inShort({ rows }: Section): string | null {
  const best = rows.find(({ best: marks }) => marks.includes('accuracy')) ?? rows.find(({ bound }) => !bound);
  const [upper, lower] = [rows.find(({ bound }) => bound === 'upper'), rows.find(({ bound }) => bound === 'lower')];
  const rivals = rows.filter((row) => !row.bound && row !== best && row.accuracy);
  const near = rivals.filter((row) => best?.accuracy && isNear(best.accuracy, row.accuracy!)).map(({ label }) => label);
  const said = (row: ResultRow) => `${points(row.accuracy)}\u00a0%`;
  const parts = [
    best?.accuracy &&
      `${best.label} ${rivals.length > 0 ? 'is best with' : 'has'} ${said(best)}${near.length > 0 ? `, by less than a standard deviation before ${near.join(', ')}` : ''}`,
    upper?.accuracy && `${upper.label} training reaches ${said(upper)}`,
    lower?.accuracy && `${lower.label} is left with ${said(lower)}`,
  ].filter((part) => typeof part === 'string');
  const seeds = Math.max(...rows.map((row) => row.seeds.length));
  return parts.length > 0 ? `${parts.join('; ')} (${plural(seeds, 'seed')}).` : null;
}
