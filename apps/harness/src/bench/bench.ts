import { setTimeout as pause } from 'node:timers/promises';
import { type Compiler, eager, type Stream } from '@cl/core';
import { graph } from '@cl/node';
import { benchmark } from '../benchmarks/index.js';
import { CELLS, type Cell } from './cells.js';
import { handWrittenRival } from './hand-written-rival.js';
import { learnerRival } from './learner-rival.js';
import { METHODS, type Method } from './methods.js';
import type { PyTorch } from './pytorch-rival.js';
import type { Rival } from './rival.js';

/** Milliseconds between turns: the threads of the one before wait for more work by spinning, which takes a core from the next. */
const SETTLE = 250;

export interface BenchOptions {
  /** Folder with the data sets. */
  readonly data?: string;
  /** Default: all. */
  readonly cells?: readonly Cell[];
  readonly methods?: readonly Method[];
  /** Turns of each rival; the median counts. Default 15. */
  readonly turns?: number;
  readonly pytorch?: PyTorch | null;
  /** Leaves the eager mode out, which takes most of the time. */
  readonly skipEager?: boolean;
  readonly onRow?: (row: BenchRow) => void;
}

/** One line of `bench.json`. */
export interface BenchRow {
  readonly cell: string;
  readonly strategy: string;
  readonly mode: string;
  readonly msPerIteration: number;
  /** Half the distance between the quartiles of the turns. */
  readonly spread: number;
  /** Against the PyTorch loop of the same method: median of the turns' ratios. Null without PyTorch. */
  readonly ratioToPyTorch: number | null;
  /** Against the hand-written compiled step, for fine-tuning. */
  readonly ratioToHandWritten: number | null;
  /** Highest `ratioToPyTorch` that is aimed at, for mode 'compiled'. */
  readonly target: number | null;
}

/** Times all rivals of each cell and method in turns, one after another, so that whatever else the machine does meets all of them. */
export async function bench(options: BenchOptions = {}): Promise<BenchRow[]> {
  const { cells = CELLS, methods = METHODS, turns = 15, pytorch = null, skipEager = false, onRow } = options;
  const rows: BenchRow[] = [];
  for (const cell of cells) {
    const stream = await benchmark('split-mnist').load({
      scenario: 'task',
      order: 'sorted',
      rows: cell.hidden ? 'vectors' : 'images',
      limit: 640,
      ...(options.data !== undefined && { data: options.data }),
    });
    for (const method of methods.filter(({ suits }) => suits(cell))) {
      for (const row of await contest(cell, method, stream, { turns, pytorch, skipEager })) {
        rows.push(row);
        onRow?.(row);
      }
    }
  }
  return rows;
}

async function contest(
  cell: Cell,
  method: Method,
  stream: Stream,
  { turns, pytorch, skipEager }: { turns: number; pytorch: PyTorch | null; skipEager: boolean },
): Promise<BenchRow[]> {
  const compiled = (): Compiler => graph();
  const rivals: Rival[] = [await learnerRival(cell, method, stream, 'compiled', compiled())];
  if (!skipEager) rivals.push(await learnerRival(cell, method, stream, 'eager', eager()));
  if (method.name === 'finetune') rivals.push(handWrittenRival(cell, stream, compiled()));
  if (pytorch) rivals.push(pytorch.rival(cell, method));

  const times = new Map<string, number[]>(rivals.map(({ mode }) => [mode, []]));
  try {
    for (const rival of rivals) await rival.turn(warmUp(turns * (cell.turn + 1)));
    for (let turn = 0; turn < turns; turn++) {
      // Each goes first as often as the others.
      for (const rival of [...rivals.slice(turn % rivals.length), ...rivals.slice(0, turn % rivals.length)]) {
        await pause(SETTLE);
        times.get(rival.mode)!.push(await rival.turn(cell.turn));
      }
    }
  } finally {
    for (const rival of rivals) rival.dispose();
  }

  const ratio = (mode: string, to: string) => {
    const [own, others] = [times.get(mode)!, times.get(to)];
    return others && mode !== to
      ? quantile(
          own.map((ms, i) => ms / others[i]!),
          0.5,
        )
      : null;
  };
  return rivals.map(({ mode }) => ({
    cell: cell.name,
    strategy: method.name,
    mode,
    msPerIteration: quantile(times.get(mode)!, 0.5),
    spread: (quantile(times.get(mode)!, 0.75) - quantile(times.get(mode)!, 0.25)) / 2,
    ratioToPyTorch: ratio(mode, 'pytorch'),
    ratioToHandWritten: mode === 'compiled' ? ratio(mode, 'hand-written') : null,
    target: mode === 'compiled' ? (method.name === 'finetune' ? cell.target.finetune : cell.target.others) : null,
  }));
}

/**
 * A compiled step is compared with the eager one at its first call, its second, fourth, eighth and so on: so many steps before the
 * first turn that none of the turns meets such a call.
 */
const warmUp = (steps: number): number => 2 ** Math.ceil(Math.log2(steps));

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}
