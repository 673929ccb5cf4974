// Tables of speed, made of results/speed*.json as `cl bench` writes them.
import { made, NOT_YET, results, revision, table } from './results.mjs';

const milliseconds = (value) => (value === undefined ? undefined : value < 1 ? value.toFixed(3) : value.toFixed(value < 10 ? 2 : 1));
const MODES = { compiled: '@cl, compiled', eager: '@cl, op by op', 'hand-written': 'written by hand', pytorch: 'PyTorch loop' };

/** Milliseconds a step: a table for each network, a line for each strategy, a column for each way to run it. Of all commands together. */
export function speed(found = results('speed')) {
  return found.length === 0 ? NOT_YET : onEach(found, speedOn).join('\n\n');
}

/** Times of two machines do not stand in one table: a part for each, under its name where there are several, the one with most times first. */
function onEach(found, part) {
  const times = (machine) => found.filter((result) => result.machine === machine).flatMap(({ rows }) => rows).length;
  const machines = [...new Set(found.map(({ machine }) => machine))].sort((a, b) => times(b) - times(a));
  return machines.map((machine) => {
    const text = part(found.filter((result) => result.machine === machine));
    return machines.length > 1 ? `*On ${machine}:*\n\n${text}` : text;
  });
}

function speedOn(found) {
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
  return telling.length === 0 ? NOT_YET : onEach(telling, (on) => glance(names, on)).join('\n\n');
}

function glance(names, telling) {
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
