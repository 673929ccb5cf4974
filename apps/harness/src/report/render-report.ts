import type { RunResult } from '../results/schema.js';
import { plural, scenarioTitle, strategies } from '../terminal/format.js';
import { costPart, curvesPart, matricesPart, planePart } from './charts-part.js';
import { html, type Markup } from './html.js';
import { SCENARIO_NOTES } from './notes.js';
import { page } from './page.js';
import { inShort, resultsPart } from './results-part.js';
import { benchmarkTitle, type ReportAbout, runPart } from './run-part.js';
import { type Series, seriesOf } from './series.js';
import { strategiesPart } from './strategies-part.js';
import { type Section, sectionsOf } from './tables.js';

export type { ReportAbout } from './run-part.js';

/**
 * The results of a comparison as one HTML file that needs nothing else. Equal results make equal files.
 *
 * @example await writeFile('report.html', await renderReport(results, { title: 'Split-Digits', command: 'cl demo' }));
 */
export async function renderReport(results: readonly RunResult[], about: ReportAbout): Promise<string> {
  const sections = sectionsOf(results, about.failures);
  const looks = seriesOf(sections);
  const titles = titlesOf(sections);
  const bodies: Markup[] = [];
  for (const [i, section] of sections.entries())
    bodies.push(await sectionOf(section, { id: `part-${i + 1}`, title: titles[i]!, looks, about }));
  return page(
    about.title,
    html`<header>
<h1>${about.title}</h1>
${extent(sections)}
${lead(sections, titles)}
</header>
<nav aria-label="Parts"><ul><li><a href="#run">What was run</a></li>${sections.map((_, i) => html`<li><a href="#part-${i + 1}">${titles[i]}</a></li>`)}</ul></nav>
<main>
${runPart(results, about)}
${bodies}
</main>
<footer><p>Accuracy after task <i>i</i> on task <i>j</i> is <i>R</i><sub><i>i</i>,<i>j</i></sub>. Average accuracy: mean of the last row. Forgetting: mean, over all tasks but the last, of the best that a task ever was before less what it is in the end. Backward transfer: the same against right after it was learned, with the sign turned. Learning accuracy: mean of the diagonal.</p></footer>`,
  );
}

interface Context {
  readonly id: string;
  readonly title: string;
  readonly looks: ReadonlyMap<string, Series>;
  readonly about: ReportAbout;
}

/** Parts 2 to 7, of what can be compared with each other. */
async function sectionOf(section: Section, { id, title, looks, about }: Context): Promise<Markup> {
  const { benchmark, scenario } = section;
  const failures = (about.failures ?? []).filter(({ spec }) => spec.benchmark === benchmark && spec.scenario === scenario);
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p>${SCENARIO_NOTES[scenario]}</p>
${resultsPart(section, looks, failures)}
${await curvesPart(section, looks)}
${await matricesPart(section, looks)}
${await planePart(section, looks)}
${await costPart(section, looks)}
${await strategiesPart(section, looks)}
</section>
`;
}

/** '5 tasks · 7 strategies · 3 seeds · 2 scenarios' */
function extent(sections: readonly Section[]): Markup | false {
  const rows = sections.flatMap((section) => section.rows);
  const tasks = new Set(rows.flatMap(({ results }) => results.map((result) => result.tasks.length)));
  const count = (values: readonly unknown[]) => new Set(values).size;
  const parts = [
    tasks.size === 1 && plural([...tasks][0]!, 'task'),
    strategies(count(rows.map(({ label }) => label))),
    plural(count(rows.flatMap(({ seeds }) => seeds)), 'seed'),
    plural(count(sections.map(({ scenario }) => scenario)), 'scenario'),
  ];
  return rows.length > 0 && html`<p class="extent">${parts.filter((part) => part !== false).join(' · ')}</p>`;
}

function lead(sections: readonly Section[], titles: readonly string[]): Markup {
  const said = sections.map((section, i) => ({ title: titles[i]!, text: inShort(section) })).filter(({ text }) => text !== null);
  if (said.length === 0) return html`<p class="lead">There are no results yet.</p>`;
  return html`<div class="lead"><ul>${said.map(({ title, text }) => html`<li><strong>${title}:</strong> ${text}</li>\n`)}</ul></div>`;
}

/** 'Class-incremental'; with the benchmark where there are several. */
function titlesOf(sections: readonly Section[]): string[] {
  const several = new Set(sections.map(({ benchmark }) => benchmark)).size > 1;
  return sections.map(({ benchmark, scenario }) => {
    const title = scenarioTitle[scenario];
    return several ? `${benchmarkTitle(benchmark)}, ${title}` : title[0]!.toUpperCase() + title.slice(1);
  });
}
