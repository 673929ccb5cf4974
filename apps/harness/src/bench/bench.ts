import { type Compiler, eager, Learner, type Stream } from '@cl/core';
import { graph } from '@cl/node';
import { benchmark } from '../benchmarks/index.js';
import { CELLS, type Cell, modelOf, optimizerOf, tasksOf } from './cells.js';
import { contest, median, ratio, spread } from './contest.js';
import { handWrittenRival } from './hand-written-rival.js';
import { EARLIER, learnerRival } from './learner-rival.js';
import { METHODS, type Method } from './methods.js';
import type { PyTorch } from './pytorch-rival.js';
import type { Rival } from './rival.js';

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
  /** Told the rows of rivals when they have had all their turns; the next ones wait for it. */
  readonly onRows?: (rows: readonly BenchRow[]) => unknown;
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
  /** Of language models, for methods without a loop in PyTorch: against fine-tuning in the same turns. */
  readonly ratioToFinetune?: number | null;
  /** Of language models, of what generates: how many a second, of all texts together. */
  readonly tokensPerSecond?: number | null;
  /** Highest ratio that is aimed at, for mode 'compiled': to PyTorch, or to fine-tuning where that is given. */
  readonly target: number | null;
}

/** Times all rivals of each cell and method in turns, one after another, so that whatever else the machine does meets all of them. */
export async function bench(options: BenchOptions = {}): Promise<BenchRow[]> {
  const { cells = CELLS, methods = METHODS, turns = 15, pytorch = null, skipEager = false, onRows } = options;
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
      const found = await race(cell, method, stream, { turns, pytorch, skipEager });
      rows.push(...found);
      await onRows?.(found);
    }
  }
  return rows;
}

async function race(
  cell: Cell,
  method: Method,
  stream: Stream,
  { turns, pytorch, skipEager }: { turns: number; pytorch: PyTorch | null; skipEager: boolean },
): Promise<BenchRow[]> {
  const tasks = tasksOf(stream, method.task);
  const ours = (mode: 'compiled' | 'eager', compiler: Compiler) =>
    learnerRival(
      new Learner({
        model: modelOf(cell),
        optimizer: optimizerOf(cell),
        strategy: method.create(cell),
        scenario: 'task',
        seed: 1,
        compiler,
      }),
      tasks,
      { mode, batchSize: cell.batchSize },
    );
  const rivals: Rival[] = [await ours('compiled', graph())];
  if (!skipEager) rivals.push(await ours('eager', eager()));
  if (method.name === 'finetune') rivals.push(handWrittenRival(cell, stream, graph()));
  if (pytorch) rivals.push(pytorch.rival({ cell: cell.name, strategy: method.pytorch, task: method.task }));

  const times = await contest(rivals, { turns, steps: cell.turn, earlier: EARLIER * (tasks.length - 1) });
  const of = (mode: string) => times[rivals.findIndex((rival) => rival.mode === mode)];
  return rivals.map(({ mode }, i) => ({
    cell: cell.name,
    strategy: method.name,
    mode,
    msPerIteration: median(times[i]!),
    spread: spread(times[i]!),
    ratioToPyTorch: mode === 'pytorch' ? null : ratio(times[i]!, of('pytorch')),
    ratioToHandWritten: mode === 'compiled' ? ratio(times[i]!, of('hand-written')) : null,
    target: mode === 'compiled' ? cell.target[method.aim] : null,
  }));
}
