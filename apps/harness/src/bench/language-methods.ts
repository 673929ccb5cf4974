import { type AnyStrategy, compose } from '@cl/core';
import { das } from '@cl/regularization';
import { known } from '../cli/known.js';
import { LANGUAGE_CELLS, type LanguageCell } from './language-cells.js';

interface Timed {
  readonly name: string;
  readonly title: string;
  /** Cells that it is timed in. */
  readonly cells: readonly string[];
}

/** What trains: a step is timed, in the second task. */
export interface Training extends Timed {
  create(): AnyStrategy;
  /** Highest ratio that is aimed at. */
  readonly target: number;
  /** What that ratio is to: PyTorch's loop of the same, or fine-tuning. */
  readonly to: 'pytorch' | 'finetune';
}

/** What generates: a token is timed, for so many texts at once. */
export interface Generation extends Timed {
  readonly texts: number;
  /** Highest ratio to PyTorch's loop of the same that is aimed at. */
  readonly target: number;
}

const finetune: Training = {
  name: 'finetune',
  title: 'fine-tuning',
  cells: LANGUAGE_CELLS.map(({ name }) => name),
  create: () => compose() as unknown as AnyStrategy,
  target: 1,
  to: 'pytorch',
};

/** Networks begin with random weights here, so nothing general is to be kept. */
const general = false;

const soft = (name: string, title: string, target: number, create: Training['create']): Training => ({
  ...{ name, title, target, create },
  ...{ cells: ['encoder-masked'], to: 'finetune' },
});

const generation = (texts: number, title: string): Generation => ({
  ...{ name: `generate-${texts}`, title, cells: ['decoder-causal'], texts, target: 1 },
});

export const LANGUAGE_METHODS: readonly (Training | Generation)[] = [
  finetune,
  soft('das', 'DAS', 4.5, () => das({ general })),
  soft('das-updates', 'DAS, mask on updates alone', 1.05, () => das({ general, contrast: 0 })),
  generation(1, 'generate(), 1 text of 64 tokens: a token'),
  generation(8, 'generate(), 8 texts of 64 tokens: a token each'),
];

/** Those of these names; all if there is none. Throws CL_OPTION. */
export function languageCellsNamed(names: readonly string[]): readonly LanguageCell[] {
  for (const name of names) known('cell', name, LANGUAGE_CELLS);
  return LANGUAGE_CELLS.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Those of these names; all if there is none. Throws CL_OPTION. */
export function languageMethodsNamed(names: readonly string[]): readonly (Training | Generation)[] {
  for (const name of names) known('strategy', name, LANGUAGE_METHODS);
  return LANGUAGE_METHODS.filter(({ name }) => names.length === 0 || names.includes(name));
}
