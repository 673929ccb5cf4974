import CliTable, { type Cell } from 'cli-table3';
import type { Group } from '../report-data/summarise.js';
import type { RunSpec } from '../results/schema.js';
import { milliseconds, NONE, percentSpread, scenarioTitle } from './format.js';
import type { colours } from './style.js';

const FRAME = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`]);
const NO_FRAME = Object.fromEntries([...FRAME, 'middle', 'left-mid', 'mid-mid', 'right-mid'].map((name) => [name, '']));

/** Columns of text; the first is flush left, the others flush right. */
export function columns(rows: readonly (readonly Cell[])[], width: number, align: 'left' | 'right' = 'right'): string {
  const table = new CliTable({
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
    colAligns: Array.from({ length: width }, (_, i) => (i === 0 ? 'left' : align)),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * Results as a table: a row a strategy, the best first between the bounds; for each scenario accuracy and forgetting, as mean ±
 * standard deviation over seeds.
 */
export function resultTable(groups: readonly Group[], { bold, dim }: ReturnType<typeof colours>): string {
  const scenarios = [...new Set(groups.map(({ scenario }) => scenario))];
  const labels = [...new Set(groups.map(({ label }) => label))];
  const find = (label: string, scenario: RunSpec['scenario']) =>
    groups.find((group) => group.label === label && group.scenario === scenario);
  const rows = labels.map((label) => ({ label, cells: scenarios.map((scenario) => find(label, scenario)) }));

  const best = scenarios.map((scenario) =>
    Math.max(...groups.filter((g) => g.scenario === scenario && !g.bound).map((g) => g.accuracy?.mean ?? 0)),
  );
  const boundOf = (cells: (typeof rows)[number]['cells']) => cells.find((cell) => cell)?.bound ?? null;
  const rank = { upper: 0, none: 1, lower: 2 };
  const accuracyOf = (cells: (typeof rows)[number]['cells']) => cells.find((cell) => cell?.accuracy)?.accuracy?.mean ?? -1;
  rows.sort((a, b) => rank[boundOf(a.cells) ?? 'none'] - rank[boundOf(b.cells) ?? 'none'] || accuracyOf(b.cells) - accuracyOf(a.cells));

  const paced = groups.some(({ msPerIteration }) => msPerIteration);
  const head: Cell[] = [
    '',
    ...scenarios.map((scenario) => ({ content: scenarioTitle[scenario], colSpan: 2, hAlign: 'left' as const })),
    ...(paced ? [''] : []),
  ];
  const names = ['strategy', ...scenarios.flatMap(() => ['accuracy %', 'forgetting %']), ...(paced ? ['ms/step'] : [])].map((name) =>
    dim(name),
  );
  const body = rows.map(({ label, cells }) => {
    const bound = boundOf(cells);
    const pace = cells.map((cell) => cell?.msPerIteration?.mean).filter((value) => value !== undefined);
    return [
      bound ? `${label} ${dim(`(${bound})`)}` : label,
      ...cells.flatMap((cell, i) => cellsOf(cell, cell?.accuracy?.mean === best[i] && !cell?.bound ? bold : (text) => text)),
      ...(paced ? [pace.length > 0 ? milliseconds(pace.reduce((a, b) => a + b, 0) / pace.length) : NONE] : []),
    ];
  });
  return columns([head, names, ...body], names.length);
}

function cellsOf(group: Group | undefined, mark: (text: string) => string): [string, string] {
  if (!group) return [NONE, NONE];
  const failed = group.failed.length > 0 ? ` (${group.failed.length} failed)` : '';
  return [mark(percentSpread(group.accuracy)) + failed, percentSpread(group.forgetting)];
}
