import { adam, type Model, type Optimizer, type Stream, sgd, type TaskData } from '@cl/core';
import { cnn, mlp } from '@cl/models';
import { known } from '../cli/known.js';

/** A network, a batch size and an optimizer. The same names are in `bench/pytorch/cells.py`. */
export interface Cell {
  readonly name: string;
  readonly title: string;
  readonly batchSize: number;
  /** Hidden units of the network, or null for the convolutional one. */
  readonly hidden: readonly number[] | null;
  readonly rate: 'sgd' | 'adam';
  /** Steps timed in one turn: some tens of milliseconds. */
  readonly turn: number;
  /** Milliseconds against the PyTorch loop of the same method, at most: of fine-tuning, of the methods that this began with, of others. */
  readonly target: { readonly finetune: number; readonly first: number; readonly later: number };
}

export const CELLS: readonly Cell[] = [
  {
    name: 'mlp-100-b10-sgd',
    title: 'MLP 784-100-100-10, batch 10, SGD',
    batchSize: 10,
    hidden: [100, 100],
    rate: 'sgd',
    turn: 200,
    target: { finetune: 0.4, first: 0.5, later: 0.6 },
  },
  {
    name: 'mlp-100-b10-adam',
    title: 'MLP 784-100-100-10, batch 10, Adam',
    batchSize: 10,
    hidden: [100, 100],
    rate: 'adam',
    turn: 150,
    target: { finetune: 0.8, first: 0.8, later: 0.6 },
  },
  {
    name: 'mlp-400-b128-sgd',
    title: 'MLP 784-400-400-10, batch 128, SGD',
    batchSize: 128,
    hidden: [400, 400],
    rate: 'sgd',
    turn: 40,
    target: { finetune: 1.1, first: 1.1, later: 1.1 },
  },
  {
    name: 'mlp-400-b128-adam',
    title: 'MLP 784-400-400-10, batch 128, Adam',
    batchSize: 128,
    hidden: [400, 400],
    rate: 'adam',
    turn: 40,
    target: { finetune: 1.1, first: 1.1, later: 1.1 },
  },
  {
    name: 'cnn-b32-sgd',
    title: 'CNN 32-64-pool-128, batch 32, SGD',
    batchSize: 32,
    hidden: null,
    rate: 'sgd',
    turn: 5,
    target: { finetune: 0.85, first: 0.85, later: 0.85 },
  },
];

/** Those of these names; all if there is none. Throws CL_OPTION for a name that no cell has. */
export function cellsNamed(names: readonly string[]): readonly Cell[] {
  for (const name of names) known('cell', name, CELLS);
  return CELLS.filter(({ name }) => names.length === 0 || names.includes(name));
}

export const modelOf = ({ hidden }: Cell): Model =>
  hidden ? mlp({ inputs: 784, hidden, outputs: 10 }) : cnn({ inputs: [28, 28, 1], outputs: 10 });

export const optimizerOf = ({ rate }: Cell): Optimizer => (rate === 'sgd' ? sgd(0.01) : adam(1e-3));

/** `count` tasks of a stream, from its beginning again when it ends: methods whose cost may grow are timed in task 10. */
export function tasksOf(stream: Stream, count: number): readonly TaskData[] {
  return Array.from({ length: count }, (_, index) => ({ ...stream.tasks[index % stream.tasks.length]!, index, name: `task ${index + 1}` }));
}
