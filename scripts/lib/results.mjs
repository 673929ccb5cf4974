// Result files, results/*.json, as `cl reproduce` and `cl bench` write them, and the tables made from them. No number in the docs is
// typed by hand. Accuracies are shares, times are milliseconds a step.
//
// { kind: 'benchmark', id: 'split-mnist-class', title, scenario, protocol, command, commit, date, machine,
//   rows: [{ strategy, label, seeds, accuracy: { mean, deviation }, forgetting, published: { accuracy, standardError, source }, band, inBand }],
//   runs: [{ id, strategy, seed, accuracy, commit, … }] }
// { kind: 'speed', command, commit, date, machine, cells: { name: title }, strategies: { name: title },
//   rows: [{ cell, strategy, mode, msPerIteration, ratioToPyTorch, commit, … }] }
// { kind: 'speed-language', …the same, rows: [{ …, ratioToFinetune, tokensPerSecond }] }
import { existsSync, readdirSync } from 'node:fs';
import { at, readJson } from './tools.mjs';

export const NOT_YET = '*Not measured yet.*';

export const results = (kind) =>
  existsSync(at('results'))
    ? readdirSync(at('results'))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => readJson(at('results', name)))
        .filter((result) => result.kind === kind)
    : [];

/** A table in Markdown; the first row names the columns. */
export const table = ([head, ...rows], align = head.map(() => '---')) =>
  [head, align, ...rows]
    .map(
      (cells) =>
        `| ${cells
          .map((cell) =>
            String(cell ?? '–')
              .replaceAll('|', '\\|')
              .replaceAll('\n', ' '),
          )
          .join(' | ')} |`,
    )
    .join('\n');

const percent = (share) => (100 * share).toFixed(1);
/** Mean and its standard error, as the published numbers have it; the deviation where there is no such error. Of one seed, the number alone. */
const spread = (value, seeds) =>
  value && `${percent(value.mean)}${seeds > 1 ? ` ± ${percent(value.standardError ?? value.deviation ?? 0)}` : ''}`;
const known = (it) => it && `${percent(it.accuracy)}${it.standardError == null ? '' : ` ± ${percent(it.standardError)}`}`;
const within = ({ inBand }) => (inBand == null ? undefined : inBand ? 'yes' : '**no**');

export function made({ kind, command, commit, date, machine, runs, trials, rows }) {
  const times = kind?.startsWith('speed') && rows;
  const all = runs ?? trials ?? (times || []);
  const before = all.filter((one) => one.commit && one.commit !== commit);
  const commits = [...new Set(before.map((one) => revision(one.commit)))];
  const joined =
    before.length > 0
      ? ` ${before.length} of its ${all.length} ${times ? 'times' : runs ? 'runs' : 'trials'} were there before, of ${commits.join(', ')}.`
      : '';
  const commands = times ? [...new Set(times.map((time) => time.command ?? command))] : [command];
  return `Written by ${commands.map((one) => `\`${one}\``).join(' and ')}${commit ? ` at ${revision(commit)}` : ''}, ${date}, on ${machine}.${joined}`;
}
/** A sentence for each command, however many of the tables it wrote. */
function madeTogether(found) {
  const source = ({ command, commit, date, machine }) => JSON.stringify([command, commit, date, machine]);
  return [...new Set(found.map(source))]
    .map((key) => found.filter((result) => source(result) === key))
    .map((tables) => made({ ...tables[0], runs: tables.flatMap(({ runs = [] }) => runs) }))
    .join(' ');
}

export const revision = (commit) => `${commit.slice(0, 7)}${commit.endsWith('-dirty') ? ' with changes in the working tree' : ''}`;

const megabytes = (count) => (count / 1e6).toFixed(1);
/** 'packnet.used' of several strategies, as one share. */
const measure = ({ measures = {} }, name) => {
  const found = Object.entries(measures).find(([key]) => key.endsWith(`.${name}`));
  return found && percent(found[1]);
};

/** What a table shows beside accuracy and forgetting, by the names in its `columns`. */
const EXTRA = {
  transfer: [
    { title: 'backward transfer %', cell: (row) => spread(row.backwardTransfer, row.seeds) },
    { title: 'forward transfer %', cell: (row) => spread(row.forwardTransfer, row.seeds) },
  ],
  capacity: [
    { title: 'used %', cell: (row) => measure(row, 'used') },
    { title: 'seen by the last task %', cell: (row) => measure(row, 'seen') },
    { title: 'parameters + kept, MB', cell: ({ memory }) => memory && `${megabytes(memory.parameters)} + ${megabytes(memory.strategy)}` },
  ],
  gain: [
    {
      title: 'gain over the better part, points',
      cell: ({ gain, seeds }) => gain && `${gain.mean > 0 ? '+' : ''}${spread(gain, seeds)} (${gain.over})`,
    },
  ],
};

function columnsOf({ rows, columns = [] }) {
  const some = (has, ...more) => (rows.some(has) ? more : []);
  return [
    { title: 'strategy', align: '---', cell: (row) => row.label },
    ...some(({ buffer }) => buffer != null, { title: 'buffer', cell: (row) => row.buffer }),
    { title: 'accuracy %', cell: (row) => spread(row.accuracy, row.seeds) },
    { title: 'forgetting %', cell: (row) => spread(row.forgetting, row.seeds) },
    ...columns.flatMap((name) => EXTRA[name] ?? []),
    ...some(
      ({ published }) => published,
      { title: 'published accuracy %', cell: (row) => known(row.published) },
      { title: 'in its band', align: '---', cell: within },
    ),
    { title: 'seeds', cell: (row) => row.seeds },
  ];
}

/** Every benchmark whose id starts with `prefix`, in full. */
export function benchmarks(prefix = '', all = results('benchmark')) {
  const found = all.filter(({ id }) => id.startsWith(prefix));
  if (found.length === 0) return NOT_YET;
  return found
    .map((result) => {
      const columns = columnsOf(result);
      const rows = result.rows.map((row) => columns.map(({ cell }) => cell(row)));
      const sources = [...new Set(result.rows.flatMap(({ published }) => published?.source ?? []))];
      const source = sources.length > 0 ? ` Published: ${sources.join('; ')}, mean ± standard error.` : '';
      return `## ${result.title}\n\n${result.protocol}${source}\n\n${table(
        [columns.map(({ title }) => title), ...rows],
        columns.map(({ align = '--:' }) => align),
      )}\n\n${made(result)}`;
    })
    .join('\n\n');
}

/** Benchmarks whose id starts with `prefix`, side by side: measured and published accuracy of each strategy in each. */
export function comparison(prefix, all = results('benchmark')) {
  const found = all.filter(({ id }) => id.startsWith(prefix));
  if (found.length === 0) return NOT_YET;
  const labels = [...new Set(found.flatMap(({ rows }) => rows.map(({ label }) => label)))];
  const cells = ({ rows }, label) => {
    const row = rows.find((each) => each.label === label);
    if (!row) return [undefined, undefined];
    const measured = spread(row.accuracy, row.seeds);
    return [row.inBand === false ? `**${measured}**` : measured, known(row.published)];
  };
  const head = ['accuracy %', ...found.flatMap(({ scenario }) => [`${scenario}, measured`, 'published'])];
  const body = labels.map((label) => [label, ...found.flatMap((result) => cells(result, label))]);
  return `${table(
    [head, ...body],
    head.map((_, i) => (i === 0 ? '---' : '--:')),
  )}\n\nMean ± standard error over the seeds; bold: outside the band around the published mean. ${found[0].protocol} ${madeTogether(found)}`;
}

/** One strategy's rows in every benchmark, with the line below and the line above. */
export function resultsOf(strategy, all = results('benchmark')) {
  const rows = all.flatMap((result) => {
    const accuracyOf = (name) => {
      const row = result.rows.find(({ strategy: other }) => other === name);
      return row && spread(row.accuracy, row.seeds);
    };
    return result.rows
      .filter((row) => row.strategy === strategy)
      .map((own) => [
        own.buffer == null ? result.title : `${result.title}, buffer ${own.buffer}`,
        spread(own.accuracy, own.seeds),
        accuracyOf('finetune'),
        accuracyOf('joint'),
        known(own.published),
        own.seeds,
      ]);
  });
  if (rows.length === 0) return NOT_YET;
  return table(
    [['benchmark', 'accuracy %', 'fine-tuning', 'joint', 'published', 'seeds'], ...rows],
    ['---', '--:', '--:', '--:', '--:', '--:'],
  );
}

/** What to expect of each method in each scenario, and what was measured: a table for each benchmark. */
export function limits(all = results('limits')) {
  const blocks = all.flatMap(({ blocks: own }) => own);
  if (blocks.length === 0) return NOT_YET;
  const scenarios = ['task', 'domain', 'class'];
  const notes = new Map();
  const noteOf = (text) => {
    if (!notes.has(text)) notes.set(text, notes.size + 1);
    return `<sup>${notes.get(text)}</sup>`;
  };
  const cell = ({ accuracy, seeds, fails, expected, impossible }) => {
    if (impossible) return `no${noteOf(impossible)}`;
    const number = accuracy ? spread(accuracy, seeds) : 'not measured';
    const reason = expected ? noteOf(expected) : '';
    if (expected) return fails === false ? `${number}, better than expected${reason}` : `**${number}**, expected to fail${reason}`;
    return fails ? `**${number}**` : number;
  };
  const tables = blocks.map(
    ({ title, protocol, commits, date, rows }) =>
      `**${title}**\n\n${table(
        [
          ['accuracy %', ...scenarios.map((name) => `${name}-incremental`)],
          ...rows.map(({ label, cells }) => [label, ...scenarios.map((name) => cell(cells[name]))]),
        ],
        ['---', '--:', '--:', '--:'],
      )}\n\n${protocol} Measured at ${commits.map((commit) => commit.slice(0, 7)).join(', ')}, last on ${date}.`,
  );
  const legend = [...notes].map(([text, number]) => `${number}. ${text}`).join('\n');
  return `${tables.join('\n\n')}\n\nBold: less than a tenth of the way from fine-tuning to joint training.${legend ? `\n\n${legend}` : ''}`;
}
