import { adamW, Learner } from '@cl/core';
import { graph } from '@cl/node';
import type { BenchRow } from './bench.js';
import { contest, median, ratio, spread } from './contest.js';
import { GENERATED, generationRival } from './generation-rival.js';
import { LANGUAGE_CELLS, type LanguageCell, textsOf } from './language-cells.js';
import { type Generation, LANGUAGE_METHODS, type Training } from './language-methods.js';
import { EARLIER, learnerRival } from './learner-rival.js';
import type { PyTorch } from './pytorch-rival.js';
import type { Rival } from './rival.js';

export interface LanguageBenchOptions {
  /** Default: all. */
  readonly cells?: readonly LanguageCell[];
  readonly methods?: readonly (Training | Generation)[];
  /** Turns of each rival; the median counts. Default 15. */
  readonly turns?: number;
  readonly pytorch?: PyTorch | null;
  readonly onRows?: (rows: readonly BenchRow[]) => unknown;
}

interface Circumstances {
  readonly turns: number;
  readonly pytorch: PyTorch | null;
}

/** Times steps of language models, and then tokens that they generate: all methods of a cell in turns with each other and with PyTorch. */
export async function benchLanguage(options: LanguageBenchOptions = {}): Promise<BenchRow[]> {
  const { cells = LANGUAGE_CELLS, methods = LANGUAGE_METHODS, turns = 15, pytorch = null, onRows } = options;
  const rows: BenchRow[] = [];
  for (const cell of cells) {
    const own = methods.filter((method) => method.cells.includes(cell.name));
    const training = own.filter((method) => 'create' in method);
    const found = training.length > 0 ? await race(cell, training, { turns, pytorch }) : [];
    for (const method of own) if ('texts' in method) found.push(...(await paceOf(cell, method, { turns, pytorch })));
    rows.push(...found);
    await onRows?.(found);
  }
  return rows;
}

async function race(cell: LanguageCell, methods: readonly Training[], { turns, pytorch }: Circumstances): Promise<BenchRow[]> {
  const { size, turn: steps } = cell;
  const tasks = textsOf(cell);
  const rivals: Rival[] = [];
  for (const method of methods) {
    const learner = new Learner({
      model: cell.model(size),
      objective: cell.objective(size),
      optimizer: adamW(1e-4),
      strategy: method.create(),
      scenario: 'domain',
      seed: 1,
      compiler: graph(),
    });
    rivals.push(await learnerRival(learner, tasks, { mode: 'compiled', batchSize: size.batch }));
  }
  const names = methods.map(({ name }) => name);
  const plain = names.indexOf('finetune');
  if (pytorch && plain >= 0) rivals.push(pytorch.rival({ cell: cell.name, size }));

  const times = await contest(rivals, { turns, steps, earlier: EARLIER });
  const theirs = times[names.length];
  const rows = methods.map(({ name, to, target }, i) => ({
    ...rowOf(cell, name, 'compiled', times[i]!),
    ratioToPyTorch: to === 'pytorch' ? ratio(times[i]!, theirs) : null,
    ratioToFinetune: to === 'finetune' ? ratio(times[i]!, times[plain]) : null,
    target,
  }));
  return theirs ? [...rows, rowOf(cell, 'finetune', 'pytorch', theirs)] : rows;
}

async function paceOf(cell: LanguageCell, { name, texts, target }: Generation, { turns, pytorch }: Circumstances): Promise<BenchRow[]> {
  const { size } = cell;
  const rivals = [generationRival(cell.model(size), texts, graph()), ...(pytorch ? [pytorch.rival({ cell: cell.name, size, texts })] : [])];
  const [times, theirs] = await contest(rivals, { turns, steps: GENERATED, earlier: 0 });
  const paced = (mode: string, measured: readonly number[]): BenchRow => {
    const row = rowOf(cell, name, mode, measured);
    return { ...row, tokensPerSecond: (1000 * texts) / row.msPerIteration };
  };
  const ours = { ...paced('compiled', times!), ratioToPyTorch: ratio(times!, theirs), target };
  return theirs ? [ours, paced('pytorch', theirs)] : [ours];
}

const rowOf = (cell: LanguageCell, strategy: string, mode: string, times: readonly number[]): BenchRow => ({
  ...{ cell: cell.name, strategy, mode, msPerIteration: median(times), spread: spread(times) },
  ...{ ratioToPyTorch: null, ratioToHandWritten: null, ratioToFinetune: null, tokensPerSecond: null, target: null },
});
