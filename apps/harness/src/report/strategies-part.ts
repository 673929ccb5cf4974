import { spreadOf } from '../report-data/summarise.js';
import type { RunResult } from '../results/schema.js';
import { partsOf, strategyInfo } from '../strategies/catalog.js';
import { NONE } from '../terminal/format.js';
import { keyOf, numbers } from './figure.js';
import { html, type Markup, trusted } from './html.js';
import { boundaries, lossChart } from './losses.js';
import { expectations } from './notes.js';
import type { Series } from './series.js';
import { svgOf } from './svg.js';
import type { ResultRow, Section } from './tables.js';

/** Part 7: of each strategy its options, its loss, what is expected of it, and what had to be said. */
export async function strategiesPart({ rows }: Section, looks: ReadonlyMap<string, Series>): Promise<Markup> {
  const share = lastShare(rows.flatMap(({ results }) => results));
  const cards: Markup[] = [];
  for (const row of rows) cards.push(await card(row, looks.get(row.label)!, share));
  const measured = rows.filter(({ results }) => results.some(({ loss }) => loss.length > 0));
  return html`<h3>Strategies</h3>
<p class="note">Loss: a line a seed, of the task being learned and with what the strategy adds to it; dotted lines between tasks.</p>
<div class="cards">${cards}</div>
${measured.length > 0 && lossTable(measured)}`;
}

async function card(row: ResultRow, series: Series, share: number): Promise<Markup> {
  const { label, spec, results, failed } = row;
  const descriptions = partsOf(spec.strategy).flatMap((name) => strategyInfo(name)?.description ?? []);
  const options = Object.entries(spec.options).flatMap(([name, own]) =>
    Object.entries(own).map(([option, value]): [string, string] => [
      Object.keys(spec.options).length > 1 ? `${name}.${option}` : option,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const notes = [...new Set(results.flatMap((result) => result.notes))];
  const measured = results.filter(({ loss }) => loss.length > 0);
  return html`<article class="card"><h4>${keyOf(series)}${label}</h4>
${descriptions.map((text) => html`<p>${text}</p>`)}
${expectations(spec, share).map(({ part, text }) => html`<p class="expected">${part !== null && html`<strong>${part}.</strong> `}${text}</p>`)}
${options.length > 0 && html`<dl>${options.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`}
${failed.length > 0 && html`<p class="warning">Failed with seed ${failed.join(', ')}.</p>`}
${notes.map((note) => html`<p class="warning">${note}</p>`)}
${measured.length > 0 && html`<div role="img" aria-label="Loss of ${label} over training steps">${trusted(await svgOf(lossChart(measured, series, 330)))}</div>`}
</article>\n`;
}

function lossTable(rows: readonly ResultRow[]): Markup {
  const trainings = Math.max(...rows.flatMap(({ results }) => results.map((result) => boundaries(result).length + 1)));
  const lastOf = ({ loss }: RunResult, training: number) => loss.findLast(([, index]) => index === training)?.[2];
  return numbers([
    {
      title: 'Loss at the end of each training, mean over seeds',
      head: ['strategy', ...Array.from({ length: trainings }, (_, i) => (i === 0 ? 'training 1' : String(i + 1)))],
      rows: rows.map(({ label, results }) => [
        label,
        ...Array.from(
          { length: trainings },
          (_, training) => spreadOf(results.map((result) => lastOf(result, training)))?.mean.toPrecision(3) ?? NONE,
        ),
      ]),
    },
  ]);
}

/** Of all classes, those of the last task: what is right where only the last task is known. */
function lastShare([first]: readonly RunResult[]): number {
  const all = new Set(first?.tasks.flatMap(({ classes }) => classes));
  return all.size === 0 ? 0 : first!.tasks.at(-1)!.classes.length / all.size;
}
