// Tables of studies, `results/study-*.json`, as `cl study --results` writes them: { kind: 'study', id, question, protocol, measures, rows, expectations, … }
import { made, NOT_YET, results, table } from './results.mjs';

const written = (value, unit) => {
  if (unit === '%') return (100 * value).toFixed(1);
  if (unit === 'nats' || unit === '') return value.toFixed(3);
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toString() : value.toFixed(1);
};
const spread = (summary, unit, seeds) => {
  if (!summary) return undefined;
  return seeds > 1 ? `${written(summary.mean, unit)} ± ${written(summary.standardError, unit)}` : written(summary.mean, unit);
};
const heading = ({ label, unit }) => (unit === '' ? label : `${label} ${unit}`);

/** A study in full: its protocol, its table, what was expected, and, folded, its series. `figures`: those of each study, by its id. */
export function study(name, figures = {}, all = results('study')) {
  const found = all.find(({ id }) => id === name);
  if (!found) return NOT_YET;
  const { measures, rows, seeds, protocol, settings, changed } = found;
  const counted = rows.some((row) => row.seeds !== seeds.length);
  const main = armsTable(rows, measures, counted);
  const notes = rows.filter(({ note }) => note).map(({ label, note }) => `- ${label}: ${note}`);
  const said = Object.entries(settings).map(([key, value]) => `\`${key}\` ${value}${changed.includes(key) ? ' (not the default)' : ''}`);
  return [
    protocol,
    main,
    `${spreadNote(seeds)} ${made(found)}`,
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    ...expected(found),
    ...courses(found, figures[name] ?? []),
    `Settings: ${said.join(', ')}.`,
  ].join('\n\n');
}

/** How many measures of a study stand on the page of a method. */
const SHOWN = 5;

/** Some arms of a study with its first measures: for the page of a method. */
export function studyArms(name, arms, all = results('study')) {
  const found = all.find(({ id }) => id === name);
  if (!found) return NOT_YET;
  const known = found.rows.map((row) => row.name);
  const missing = arms.filter((arm) => !known.includes(arm));
  if (missing.length > 0) throw new Error(`The study '${name}' has no arm ${missing.join(', ')}: it has ${known.join(', ')}.`);
  const rows = found.rows.filter((row) => arms.includes(row.name));
  return `${armsTable(rows, found.measures.slice(0, SHOWN))}\n\n${spreadNote(found.seeds)} ${made(found)}`;
}

const armsTable = (rows, measures, counted = false) =>
  table(
    [
      ['arm', ...measures.map(heading), ...(counted ? ['seeds'] : [])],
      ...rows.map((row) => [
        row.label,
        ...measures.map((measure) => spread(row.values[measure.name], measure.unit, row.seeds)),
        ...(counted ? [row.seeds] : []),
      ]),
    ],
    ['---', ...measures.map(() => '--:'), ...(counted ? ['--:'] : [])],
  );

const spreadNote = (seeds) =>
  seeds.length > 1 ? `Mean ± standard error over ${seeds.length} seeds.` : 'One seed: nothing is known of the spread.';

function expected({ expectations, measures, rows, seeds }) {
  if (expectations.length === 0) return [];
  const labelOf = (arm) => rows.find(({ name }) => name === arm)?.label ?? arm;
  const lines = expectations.map(({ text, measure: name, arm, over, low, high, source, measured, holds }) => {
    const measure = measures.find((each) => each.name === name);
    const what = `${heading(measure)}: ${labelOf(arm)}${over === undefined ? '' : ` − ${labelOf(over)}`}`;
    const band = `${written(low, measure.unit)} to ${written(high, measure.unit)}`;
    return [
      `${text} (${source})`,
      what,
      band,
      spread(measured, measure.unit, seeds.length) ?? 'not measured',
      holds === null ? undefined : holds ? 'yes' : '**no**',
    ];
  });
  return [table([['what was expected', 'number', 'band', 'measured', 'holds'], ...lines], ['---', '---', '--:', '--:', '---'])];
}

/** The first series as a picture; all of them, folded, as pictures and tables. */
function courses({ rows, measures }, figures) {
  const names = [...new Set(rows.flatMap(({ series }) => Object.keys(series)))];
  const shown = ({ file, title }) => `![${title}, as it went](/figures/${file})`;
  const folded = names.map((name) => {
    const measure = measures.find((each) => each.name === name) ?? { label: name, unit: '' };
    const longest = rows.map(({ series }) => series[name]?.x ?? []).reduce((a, b) => (b.length > a.length ? b : a));
    const cells = ({ series }) =>
      longest.map((_, i) => (series[name]?.y[i] == null ? undefined : written(series[name].y[i], measure.unit)));
    const body = table(
      [['arm', ...longest], ...rows.filter(({ series }) => series[name]).map((row) => [row.label, ...cells(row)])],
      ['---', ...longest.map(() => '--:')],
    );
    const figure = figures.slice(1).find(({ series }) => series === name);
    return `::: details ${heading(measure)} as it went\n${figure ? `${shown(figure)}\n\n` : ''}${body}\n:::`;
  });
  return [...figures.slice(0, 1).map(shown), ...folded];
}
