import { NONE } from '../terminal/format.js';
import { colours } from '../terminal/style.js';
import { columns } from '../terminal/table.js';
import type { StudyResult } from './result.js';
import { heading, spread, written } from './text.js';

/** The table of a study and what was expected, as text. */
export function shownStudy({ title, rows, measures, expectations }: StudyResult): string {
  const { bold, dim, green, red } = colours(process.stdout);
  const head = ['', ...measures.map((measure) => dim(heading(measure)))];
  const body = rows.map((row) => [row.label, ...measures.map((measure) => spread(row.values[measure.name], measure, row.seeds))]);
  const checks = expectations.map(({ text, measure: name, low, high, measured, holds }) => {
    const measure = measures.find((each) => each.name === name)!;
    const mark = holds === null ? NONE : holds ? green('yes') : red('no');
    return [text, `${written(low, measure)} to ${written(high, measure)}`, measured ? written(measured.mean, measure) : NONE, mark];
  });
  const expected =
    checks.length > 0 ? `\n\n${columns([['expected', 'band', 'measured', 'holds'].map((each) => dim(each)), ...checks], 4)}` : '';
  return `${bold(title)}\n${columns([head, ...body], head.length)}${expected}`;
}
