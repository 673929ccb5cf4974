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
  return `Written by \`${command}\`${commit ? ` at ${revision(commit)}` : ''}, ${date}, on ${machine}.${joined}`;
}
const revision = (commit) => `${commit.slice(0, 7)}${commit.endsWith('-dirty') ? ' with changes in the working tree' : ''}`;

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
  )}\n\nMean ± standard error over the seeds; bold: outside the band around the published mean. ${found[0].protocol} ${[...new Set(found.map(made))].join(' ')}`;
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

const milliseconds = (value) => (value === undefined ? undefined : value < 1 ? value.toFixed(3) : value.toFixed(value < 10 ? 2 : 1));
const MODES = { compiled: '@cl, compiled', eager: '@cl, op by op', 'hand-written': 'written by hand', pytorch: 'PyTorch loop' };

/** Milliseconds a step: a table for each network, a line for each strategy, a column for each way to run it. Of all commands together. */
export function speed(found = results('speed')) {
  if (found.length === 0) return NOT_YET;
  const all = together(found);
  const tables = Object.keys(all.cells).flatMap((cell) => speedIn(cell, all));
  return [...tables, ...found.flatMap(remembered), found.map(made).join(' ')].join('\n\n');
}

/**
 * A line for each of a few strategies, a column for each network as it is trained by plain gradient descent: the compiled step, and what
 * it is of a PyTorch loop of the same step. What was not measured is left out.
 */
export function speedOf(names, found = results('speed')) {
  const has = ({ rows }) => rows.some(({ strategy }) => names.includes(strategy));
  const telling = found.filter(has);
  if (telling.length === 0) return NOT_YET;
  const { cells, strategies, rows } = together(telling);
  const compiled = (strategy, cell) => rows.find((row) => row.mode === 'compiled' && row.strategy === strategy && row.cell === cell);
  const networks = Object.keys(cells).filter((cell) => cell.endsWith('-sgd') && rows.some((row) => row.cell === cell));
  const measured = names.filter((name) => networks.some((cell) => compiled(name, cell)));
  const head = ['milliseconds a step', ...networks.map((cell) => cells[cell].replace(/, SGD$/, ''))];
  const body = measured.map((name) => [strategies[name].replace(/, task 2$/, ''), ...networks.map((cell) => stepOf(compiled(name, cell)))]);
  return `${table(
    [head, ...body],
    head.map((_, i) => (i === 0 ? '---' : '--:')),
  )}\n\nBehind the time of the compiled step: as a multiple of a PyTorch loop of the same step, in turns with it. Plain gradient descent, in the second task. ${telling.map(made).join(' ')}`;
}

/** What several commands measured, as if one had; strategies in the order in which the harness has them. */
function together(found) {
  const [cells, strategies] = ['cells', 'strategies'].map((key) => Object.assign({}, ...found.map((result) => result[key])));
  const rows = found.flatMap((result) => result.rows);
  const ordered = [...new Set([...Object.keys(strategies), ...rows.map(({ strategy }) => strategy)])];
  return { cells, strategies, rows: ordered.flatMap((name) => rows.filter(({ strategy }) => strategy === name)) };
}

const stepOf = (row) => row && [milliseconds(row.msPerIteration), times(row.ratioToPyTorch)].filter(Boolean).join(', ');
const times = (ratio) => ratio != null && `${ratio.toFixed(2)} ×`;

const pace = (row) => row && `${milliseconds(row.msPerIteration)} ± ${milliseconds(row.spread)}`;

/** A ratio beside the row's target; one that misses it is bold. */
function against(found, target) {
  if (found == null) return undefined;
  const ratio = `${found.toFixed(2)} ×`;
  if (target == null) return ratio;
  return `${found > target ? `**${ratio}**` : ratio} (target ${target})`;
}

/** What a table of speed shows behind the ratio to PyTorch, where one of its rows has it. */
const FURTHER = [
  { title: 'against fine-tuning', cell: (row) => against(row?.ratioToFinetune, row?.target) },
  { title: 'tokens a second', cell: (row) => row?.tokensPerSecond?.toFixed(0) },
];

function remembered({ memory, commit }) {
  if (!memory) return [];
  const { steps, tensors, resident } = memory;
  const before = memory.commit && memory.commit !== commit ? `, at ${revision(memory.commit)}` : '';
  return `${steps} compiled steps of EWC + replay: ${tensors[0]} tensors after 100 steps and ${tensors[1]} after all; ${resident[0]} MB resident after a tenth of them and ${resident[1]} MB after all${before}.`;
}

/** What names of methods end in that were timed in the tenth task; without it, in the second. */
const LATER = '@10';
const GROWTH = 'task 10 to task 2, ours and theirs';

/** How much longer a step takes after nine tasks than after one: here, and in the PyTorch loop. */
function growth(ten, two) {
  const times = (mode) => ten(mode) && two(mode) && `${(ten(mode).msPerIteration / two(mode).msPerIteration).toFixed(2)} ×`;
  return ['compiled', 'pytorch'].flatMap((mode) => times(mode) ?? []).join(', ') || undefined;
}

function speedIn(cell, { cells, strategies, rows }) {
  const own = rows.filter((row) => row.cell === cell);
  if (own.length === 0) return [];
  const modes = Object.keys(MODES).filter((mode) => own.some((row) => row.mode === mode));
  const timed = (strategy, mode) => own.find((row) => row.strategy === strategy && row.mode === mode);
  const later = own.some(({ strategy }) => strategy.endsWith(LATER));
  const further = FURTHER.filter((column) => own.some((row) => column.cell(row)));
  const more = [...further.map(({ title }) => title), ...(later ? [GROWTH] : [])];
  const head = ['milliseconds a step', ...modes.map((mode) => MODES[mode]), 'against PyTorch', ...more];
  const body = [...new Set(own.map(({ strategy }) => strategy))].map((strategy) => {
    const at = (mode) => timed(strategy, mode);
    const ours = at('compiled');
    const grown = strategy.endsWith(LATER) ? growth(at, (mode) => timed(strategy.slice(0, -LATER.length), mode)) : undefined;
    const rest = [...further.map((column) => column.cell(ours)), ...(later ? [grown] : [])];
    return [
      ...[strategies[strategy] ?? strategy, ...modes.map((mode) => pace(at(mode)))],
      ...[against(ours?.ratioToPyTorch, ours?.target), ...rest],
    ];
  });
  return [
    `**${cells[cell]}**\n\n${table(
      [head, ...body],
      head.map((_, i) => (i === 0 ? '---' : '--:')),
    )}`,
  ];
}
