import { type Spread, spreadOf } from '../report-data/summarise.js';
import { duration, NONE, percent, scenarioTitle } from '../terminal/format.js';
import { type Bar, barsChart } from './bars.js';
import { type Curve, curvesChart, curvesOf, lowest } from './curves.js';
import { figure, keyOf, legend, numbers } from './figure.js';
import { html, type Markup, trusted } from './html.js';
import { matrixChart, meanMatrix } from './matrices.js';
import { keeps } from './notes.js';
import { planeChart, planePoints } from './plane.js';
import type { Series } from './series.js';
import { meanOf, pace, points, size } from './spread-text.js';
import { svgOf } from './svg.js';
import type { ResultRow, Section } from './tables.js';

type Looks = ReadonlyMap<string, Series>;

/** Part 3: average accuracy after each task. */
export async function curvesPart({ rows, scenario }: Section, looks: Looks): Promise<Markup | null> {
  const curves = curvesOf(rows, looks);
  if (curves.length === 0) return null;
  const from = axisNote(curves);
  const text = ({ mean, deviation }: Curve['points'][number]) =>
    points({ mean: mean / 100, deviation: deviation === null ? null : deviation / 100, values: [] });
  return html`<h3>Average accuracy after each task</h3>
${figure({
  label: `Average accuracy in percent over the tasks learned so far, after each task, ${scenarioTitle[scenario]}`,
  caption: `Over the tasks learned so far: mean over seeds, and a band of one standard deviation. Shaded: above the upper bound and below the lower one.${
    curves.some(({ atOnce }) => atOnce) ? ' Joint training learns all tasks at once; its line is its accuracy on all of them.' : ''
  }${from}`,
  svg: await svgOf(curvesChart(curves, { width: 1080, height: 430 })),
  narrow: await svgOf(curvesChart(curves, { width: 350, height: 320, letters: 16 })),
  table: {
    head: ['strategy', ...curves[0]!.points.map((_, i) => (i === 0 ? 'after task 1' : String(i + 1)))],
    rows: curves.map(({ series, points, atOnce }) => [
      series.label,
      ...points.map((point, i) => (atOnce && i + 1 < points.length ? NONE : text(point))),
    ]),
  },
})}`;
}

const axisNote = (curves: readonly Curve[]): string => (lowest(curves) > 0 ? ' The axis does not begin at 0.' : '');

/** Part 4: accuracy matrices. */
export async function matricesPart({ rows }: Section, looks: Looks): Promise<Markup | null> {
  const all = rows.map((row) => ({ row, mean: meanMatrix(row.results) })).filter(({ mean }) => mean.rows.length > 0);
  if (all.length === 0) return null;
  const square = all.some(({ mean }) => mean.rows.length > 1);
  const pictures: Markup[] = [];
  for (const { row, mean } of all) {
    pictures.push(html`<figure><h4>${keyOf(looks.get(row.label)!)}${row.label}</h4>
<div role="img" aria-label="Accuracy of ${row.label} on each task after each task, in percent">${trusted(await svgOf(matrixChart(mean)))}</div></figure>\n`);
  }
  return html`<h3>Accuracy on each task, after each task</h3>
<p class="note">In percent, mean over seeds, one scale for all: 0 <span class="scale" role="img" aria-label="from pale to dark"></span> 100.${square && ' Framed: right after the task was learned. To the right of it: before it was learned.'}</p>
<div class="grid${all[0]!.mean.rows[0]!.length <= 6 && html` pairs`}">${pictures}</div>
${numbers(
  all.map(({ row, mean }) => ({
    title: `${row.label}: accuracy in percent`,
    head: ['after task', ...(mean.rows[0] ?? []).map((_, i) => (i === 0 ? 'on task 1' : String(i + 1)))],
    rows: mean.rows.map((cells, i) => [mean.names[i]!, ...cells.map((value) => (value === null ? NONE : percent(value)))]),
  })),
)}`;
}

/** Part 5: stability against plasticity. */
export async function planePart({ rows }: Section, looks: Looks): Promise<Markup | null> {
  const runs = planePoints(rows);
  if (runs.length === 0) return null;
  const shown = rows.filter(({ label }) => runs.some((run) => run.label === label));
  return html`<h3>Stability and plasticity</h3>
${figure({
  label: 'Forgetting against learning accuracy, one point a run',
  caption:
    'One point a seed. To the right: tasks are learned well. Below: they are not forgotten. A strategy that forgets nothing because it learns nothing is on the left.',
  above: legend(shown.map(({ label }) => looks.get(label)!)),
  svg: await svgOf(planeChart(runs, looks, { width: 620, height: 380 })),
  narrow: await svgOf(planeChart(runs, looks, { width: 350, height: 300 })),
  table: {
    head: ['strategy', 'seed', 'learning accuracy, %', 'forgetting, points'],
    rows: runs.map(({ label, seed, learning, forgetting }) => [label, String(seed), learning.toFixed(1), forgetting.toFixed(1)]),
  },
})}`;
}

/** Part 6: what strategies cost. */
export async function costPart({ rows }: Section, looks: Looks): Promise<Markup | null> {
  const shown = rows.filter(({ results }) => results.length > 0);
  if (shown.length === 0) return null;
  const panels: { title: string; value: (row: ResultRow) => Spread | null; text: (spread: Spread) => string }[] = [
    { title: 'Milliseconds a step', value: ({ msPerIteration }) => msPerIteration, text: pace },
    { title: 'Kept by the strategy', value: ({ kept }) => kept, text: (spread) => meanOf(spread, size) },
    { title: 'Largest size of the process', value: ({ resident }) => resident, text: (spread) => meanOf(spread, size) },
  ];
  const pictures: Markup[] = [];
  for (const { title, value, text } of panels) {
    const bars = shown.flatMap((row): Bar[] => {
      const spread = value(row);
      return spread ? [{ series: looks.get(row.label)!, value: spread, text: text(spread) }] : [];
    });
    if (bars.length === 0) continue;
    pictures.push(
      html`<figure><h4>${title}</h4><div role="img" aria-label="${title}, by strategy">${trusted(await svgOf(barsChart(bars, 338)))}</div></figure>\n`,
    );
  }
  const parameters = spreadOf(shown.map((row) => row.parameters?.mean));
  return html`<h3>Cost</h3>
<p class="note">A step's time is the median of a run; compiling, tests and checkpoints are left out. The model has ${meanOf(parameters, size)} of parameters. A process carries out one run after another, so its size says what suffices for all of them, not what one strategy takes.</p>
<div class="grid">${pictures}</div>
<div class="scroll" tabindex="0" role="region" aria-label="Cost"><table>
<thead><tr><th scope="col">strategy</th><th scope="col">ms a step</th><th scope="col">steps</th><th scope="col">training</th><th scope="col">keeps</th><th scope="col">× parameters</th><th scope="col">process</th><th scope="col" class="text">what it keeps</th></tr></thead>
<tbody>${shown.map(costRow)}</tbody></table></div>`;
}

function costRow(row: ResultRow): Markup {
  const { kept, parameters } = row;
  const ratio = kept && parameters && parameters.mean > 0 ? (kept.mean / parameters.mean).toFixed(2) : NONE;
  const steps = spreadOf(row.results.map(({ time }) => time.iterations));
  return html`<tr><th scope="row">${row.label}</th><td>${pace(row.msPerIteration)}</td><td>${meanOf(steps, (value) => String(Math.round(value)))}</td><td>${meanOf(row.trainSeconds, duration)}</td><td>${meanOf(kept, size)}</td><td>${ratio}</td><td>${meanOf(row.resident, size)}</td><td class="text wrap">${keeps(row.strategy) ?? NONE}</td></tr>\n`;
}
