import { type Group, spreadOf, summarise } from '../report-data/summarise.js';
import type { RunResult } from '../results/schema.js';
import type { Reports } from '../results/write-reports.js';
import { keepsExamples } from '../strategies/catalog.js';
import { NONE, percent, scenarioTitle } from '../terminal/format.js';
import { colours } from '../terminal/style.js';
import { columns, resultTable } from '../terminal/table.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The table, what was to be expected, and where the reports are. */
export function showReports(reports: Reports, { next }: { next?: string } = {}): void {
  const paint = colours(process.stdout);
  const groups = summarise(reports.results, reports.failures);
  print(groups.length === 0 ? 'There are no results yet.' : `\n${resultTable(groups, paint)}`);
  const expected = expectation(groups);
  if (expected) print(paint.dim(`  ${expected}`));
  const single = groups.length === 1 && groups[0]!.results.length > 0 ? groups[0]! : null;
  if (single && single.results[0]!.accuracy.length > 1) print(`\n${accuracyMatrix(single)}`);
  print('');
  print(`${paint.bold('Report'.padEnd(8))} ${reports.html}`);
  if (next) print(`${paint.bold('Next'.padEnd(8))} ${next}`);
}

/**
 * What need not surprise: without examples of earlier tasks, a network that must tell all classes apart knows the last ones, unless
 * it holds its old outputs by other means.
 */
export function expectation(groups: readonly Group[]): string | null {
  const affected = groups.filter(
    ({ scenario, strategy, accuracy, results }) =>
      scenario === 'class' && !keepsExamples(strategy) && accuracy && results[0]!.tasks.length > 1,
  );
  const near = affected.filter(({ accuracy, results }) => Math.abs(accuracy!.mean - shareOfLastTask(results[0]!)) < 0.05);
  if (near.length === 0) return null;
  const share = `${Math.round(100 * shareOfLastTask(near[0]!.results[0]!))} %`;
  const who = near.length === affected.length ? 'class-incremental learning stays' : `${near.map(({ label }) => label).join(', ')} stay`;
  return `Expected here: without replay, ${who} near ${share}, the last task's share.  docs/benchmarks/limits.md`;
}

function shareOfLastTask({ tasks }: RunResult): number {
  return tasks.at(-1)!.classes.length / new Set(tasks.flatMap(({ classes }) => classes)).size;
}

/** Mean accuracy on each task (columns) after each training (rows), in percent. */
function accuracyMatrix({ results, scenario }: Group): string {
  const { dim } = colours(process.stdout);
  const [first] = results as readonly [RunResult, ...RunResult[]];
  const sameTasks = results.every(({ tasks }) => tasks.every(({ name }, i) => name === first.tasks[i]?.name));
  const titles = first.tasks.map(({ name }, i) => (sameTasks && name.length <= 12 ? name : `task ${i + 1}`));
  const cellOf = (row: number, column: number) => {
    const spread = spreadOf(results.map(({ accuracy }) => accuracy[row]?.[column]));
    const text = spread ? percent(spread.mean) : NONE;
    return column > row ? dim(text) : text;
  };
  const head = dim(`accuracy % on each task${results.length > 1 ? `, mean over ${results.length} seeds` : ''}, ${scenarioTitle[scenario]}`);
  const rows = first.accuracy.map((_, row) => [`after ${titles[row]}`, ...titles.map((_, column) => cellOf(row, column))]);
  return `  ${head}\n${columns([['', ...titles.map((title) => dim(title))], ...rows], titles.length + 1)}`;
}
