import { figure, keyOf } from '../report/figure.js';
import { html, type Markup } from '../report/html.js';
import { page } from '../report/page.js';
import { svgOf } from '../report/svg.js';
import { duration, plural } from '../terminal/format.js';
import { lookOf, seriesCharts } from './chart.js';
import type { StudyResult } from './result.js';
import { heading, spread, written } from './text.js';

/** A study as one HTML file that needs nothing else. Equal results make equal files. */
export async function renderStudy(result: StudyResult): Promise<string> {
  return page(
    result.title,
    html`<header>
<h1>${result.title}</h1>
<p class="extent">${plural(result.rows.length, 'arm')} · ${plural(result.seeds.length, 'seed')}</p>
<p class="lead">${result.question}</p>
</header>
<main>
${runPart(result)}
${resultsPart(result)}
${expectationsPart(result)}
${await seriesPart(result)}
${samplesPart(result)}
</main>`,
  );
}

function runPart({ protocol, command, settings, changed, commit, machine, date, seeds, trials }: StudyResult): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ['Seeds', seeds.join(', ')],
    ['Trials', `${trials.length}, ${duration(trials.reduce((sum, { seconds }) => sum + seconds, 0))}`],
    ['Commit', commit?.slice(0, 12) ?? 'not in a repository'],
    ['Machine', machine],
    ['Date', date],
    ...Object.entries(settings).map(([name, value]) => [changed.includes(name) ? `${name} (changed)` : name, String(value)] as const),
  ];
  return html`<section aria-labelledby="run">
<h2 id="run" class="first">What was run</h2>
<p>${protocol}</p>
<div class="command"><pre id="command"><code>${command}</code></pre><button type="button" data-copy="command" hidden>Copy</button></div>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</section>`;
}

function resultsPart({ rows, measures, seeds }: StudyResult): Markup {
  const counted = rows.some((row) => row.seeds !== seeds.length);
  return html`<section aria-labelledby="results">
<h2 id="results">Results</h2>
<p class="note">${seeds.length > 1 ? 'Mean ± standard error over seeds.' : 'One seed: nothing is known of the spread.'} <span class="screen">A click on a heading sorts.</span></p>
<div class="scroll" tabindex="0" role="region" aria-label="Results">
<table class="results">
<thead><tr><th scope="col" data-type="text" data-first="ascending">arm</th>${measures.map((measure) => html`<th scope="col" data-first="${measure.better === 'lower' ? 'ascending' : 'descending'}">${heading(measure)}</th>`)}${counted && html`<th scope="col">seeds</th>`}</tr></thead>
<tbody>
${rows.map(
  (row, i) =>
    html`<tr><th scope="row" data-value="${row.label}">${keyOf(lookOf(i, row.label))}${row.label}</th>${measures.map((measure) => {
      const value = row.values[measure.name];
      return html`<td data-value="${value?.mean}">${spread(value, measure, row.seeds)}</td>`;
    })}${counted && html`<td data-value="${row.seeds}">${row.seeds}</td>`}</tr>\n`,
)}</tbody>
</table>
</div>
${rows.some(({ note }) => note) && html`<ul>${rows.filter(({ note }) => note).map(({ label, note }) => html`<li><strong>${label}:</strong> ${note}</li>\n`)}</ul>`}
</section>`;
}

function expectationsPart({ expectations, measures, rows, seeds }: StudyResult): Markup | false {
  const labelOf = (arm: string | undefined) => rows.find(({ name }) => name === arm)?.label ?? arm;
  if (expectations.length === 0) return false;
  return html`<section aria-labelledby="expected">
<h2 id="expected">What was expected</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Expectations"><table>
<thead><tr><th scope="col">expectation</th><th scope="col">number</th><th scope="col">band</th><th scope="col">measured</th><th scope="col">holds</th></tr></thead>
<tbody>${expectations.map((each) => {
    const measure = measures.find(({ name }) => name === each.measure)!;
    return html`<tr><th scope="row" class="wrap">${each.text} <span class="note">${each.source}</span></th><td>${heading(measure)}: ${labelOf(each.arm)}${each.over !== undefined && html` − ${labelOf(each.over)}`}</td><td>${written(each.low, measure)} to ${written(each.high, measure)}</td><td>${each.measured ? spread(each.measured, measure, seeds.length) : 'not measured'}</td><td>${each.holds === null ? '–' : each.holds ? 'yes' : html`<strong>no</strong>`}</td></tr>\n`;
  })}</tbody></table></div>
</section>`;
}

async function seriesPart(result: StudyResult): Promise<Markup | false> {
  const { rows } = result;
  const figures: Markup[] = [];
  for (const { name, title, measure, chart } of seriesCharts(result)) {
    const longest = rows.map(({ series }) => series[name]?.x ?? []).reduce((a, b) => (b.length > a.length ? b : a));
    const cells = (row: (typeof rows)[number]) =>
      longest.map((_, i) => {
        const value = row.series[name]?.y[i];
        return value === null || value === undefined ? '–' : written(value, measure ?? { unit: '' });
      });
    const table = { head: ['arm', ...longest], rows: rows.filter(({ series }) => series[name]).map((row) => [row.label, ...cells(row)]) };
    figures.push(html`<h3>${title}</h3>${figure({ label: title, svg: await svgOf(chart), table })}`);
  }
  return figures.length > 0 && html`<section aria-labelledby="course"><h2 id="course">As it went</h2>${figures}</section>`;
}

const samplesPart = ({ samples, rows }: StudyResult): Markup | false =>
  samples.length > 0 &&
  html`<section aria-labelledby="samples"><h2 id="samples">Samples</h2>${samples.map(
    ({ arm, title, text }) =>
      html`<details><summary>${rows.find(({ name }) => name === arm)?.label ?? arm}: ${title}</summary><pre>${text}</pre></details>\n`,
  )}</section>`;
