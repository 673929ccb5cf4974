import { ContinualLearningError } from '@cl/core';
import type { RunResult } from '../results/schema.js';
import { plural, scenarioTitle } from '../terminal/format.js';
import { type Curve, curvesChart, curvesOf, lowest } from './curves.js';
import { framed, frameNote, frameTitle } from './frame.js';
import { html, trusted } from './html.js';
import { benchmarkTitle } from './run-part.js';
import { seriesOf } from './series.js';
import { svgOf } from './svg.js';
import { type Section, sectionsOf } from './tables.js';

const PANEL = { width: 440, height: 300 };
const HEAD = 40;
const FOOT = 34;

/**
 * Average accuracy after each task in up to two scenarios, side by side: one SVG with its own background, light or dark as the
 * reader's system is. Equal results make equal pictures.
 *
 * @throws CL_DATA where no result has more than one task.
 * @example await writeFile('docs/public/split-digits.svg', await renderPicture(results));
 */
export async function renderPicture(results: readonly RunResult[]): Promise<string> {
  const sections = sectionsOf(results);
  const looks = seriesOf(sections);
  const panels = sections
    .map((section) => ({ section, curves: curvesOf(section.rows, looks) }))
    .filter(({ curves }) => curves.length > 0)
    .sort((a, b) => place(a.section) - place(b.section))
    .slice(0, 2);
  const [first] = panels;
  if (!first)
    throw new ContinualLearningError('CL_DATA', 'renderPicture(): needs a run of several tasks one after another, received none.');

  const width = PANEL.width * panels.length + 20;
  const height = HEAD + PANEL.height + FOOT;
  // Side by side, heights are compared.
  const low = Math.min(...panels.map(({ curves }) => lowest(curves)));
  const charts: string[] = [];
  for (const [i, { curves }] of panels.entries()) {
    const svg = await svgOf(curvesChart(curves, { ...PANEL, letters: 18, low }));
    charts.push(svg.replace('<svg ', `<svg x="${10 + i * PANEL.width}" y="${HEAD}" `));
  }
  const several = new Set(panels.map(({ section }) => section.benchmark)).size > 1;
  const titleOf = ({ benchmark, scenario }: Section) =>
    several ? `${benchmarkTitle(benchmark)}, ${scenarioTitle[scenario]}` : sentence(scenarioTitle[scenario]);
  return framed(
    { width, height, label: described(panels, titleOf) },
    html`${panels.map(({ section }, i) => frameTitle(titleOf(section), 22 + i * PANEL.width))}${charts.map(trusted)}
${frameNote(footnote(first.section), height)}`,
  );
}

/** Class-incremental first, then task-incremental. */
const place = ({ scenario }: Section): number => ['class', 'task', 'domain', 'free'].indexOf(scenario);

const sentence = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function footnote({ rows, benchmark }: Section): string {
  const seeds = Math.max(...rows.map((row) => row.seeds.length));
  const spread = seeds > 1 ? `mean and standard deviation over ${plural(seeds, 'seed')}` : 'one seed';
  return `${benchmarkTitle(benchmark)}: average accuracy over the tasks learned so far; ${spread}. Shaded: beyond the bounds.`;
}

function described(
  panels: readonly { readonly section: Section; readonly curves: readonly Curve[] }[],
  titleOf: (section: Section) => string,
): string {
  const ends = (curves: readonly Curve[]) =>
    curves.map(({ series, points }) => `${series.label} ${points.at(-1)!.mean.toFixed(1)} %`).join(', ');
  return `Average accuracy after each task. ${panels.map(({ section, curves }) => `${titleOf(section)}, in the end: ${ends(curves)}`).join('. ')}.`;
}
