import { checkOneOf } from '@cl/core';
import { dataError } from './data-error.js';
import { loadDomain } from './domains.js';
import { END_TASK_FILES, PUBMEDQA_FILE } from './end-task-files.js';
import { type JsonLine, readJsonLines, textIn } from './json-lines.js';
import type { DataOptions } from './locate.js';
import type { DataSource } from './sets.js';

/** What language models are fine-tuned on to see what they know of a domain. */
export const END_TASK_NAMES = ['chemprot', 'pubmedqa', 'products', 'movie', 'acl-arc', 'scierc'] as const;

export type EndTaskName = (typeof END_TASK_NAMES)[number];

/** A text and its class. What it is about, an aspect or a question, stands before it. */
export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

export interface EndTask {
  readonly name: EndTaskName;
  readonly title: string;
  /** Names of all classes that occur, in alphabetical order. */
  readonly classes: readonly string[];
  readonly train: readonly LabelledText[];
  readonly test: readonly LabelledText[];
  /** Where there are more words than a row holds: the first are read, or the last, where reviews say what they think. */
  readonly keep: 'first' | 'last';
}

const SCIENCE: DataSource = {
  name: 'text-science',
  title: 'Scientific text classification',
  licence: 'free for research, with citation; PubMedQA MIT',
  origins: [],
  recipe:
    'They are those of data/text_classification in https://github.com/allenai/scibert, and ori_pqal.json of https://github.com/pubmedqa/pubmedqa, as JSON lines with `text` and `label`',
};

const PRODUCTS: DataSource = {
  name: 'text-product-asc',
  title: 'Product reviews, sentiment of an aspect',
  licence: 'CC BY 4.0',
  origins: [],
  recipe: 'They are made of the customer reviews of M. Hu & B. Liu (2004) and X. Ding, B. Liu & P. S. Yu (2008), an aspect a line',
};

type Reader = (options: DataOptions) => Promise<Pick<EndTask, 'train' | 'test'>>;

const READERS: { readonly [name in EndTaskName]: { readonly title: string; readonly keep: EndTask['keep']; readonly read: Reader } } = {
  chemprot: { title: 'ChemProt', keep: 'first', read: fromFiles(SCIENCE, END_TASK_FILES.chemprot) },
  pubmedqa: { title: 'PubMedQA', keep: 'first', read: pubmedqa },
  products: { title: 'product sentiment', keep: 'first', read: fromFiles(PRODUCTS, END_TASK_FILES.products, 'aspect') },
  movie: { title: 'film polarity', keep: 'last', read: movie },
  'acl-arc': { title: 'ACL-ARC', keep: 'first', read: fromFiles(SCIENCE, END_TASK_FILES.citationIntent) },
  scierc: { title: 'SciERC', keep: 'first', read: fromFiles(SCIENCE, END_TASK_FILES.scierc) },
};

export const END_TASK_TITLES = Object.fromEntries(Object.entries(READERS).map(([name, { title }]) => [name, title])) as {
  readonly [name in EndTaskName]: string;
};

/**
 * Labelled texts from the folder `data` or CL_DATA, their checksums checked.
 *
 * @throws CL_OPTION for a task that there is not, CL_DATA if files are missing, damaged or empty.
 * @example const { train, classes } = await loadEndTask('chemprot', { data: '/srv/data' });
 */
export async function loadEndTask(name: EndTaskName, options: DataOptions = {}): Promise<EndTask> {
  const { title, keep, read } = READERS[checkOneOf('loadEndTask', 'name', name, END_TASK_NAMES)];
  const { train, test } = await read(options);
  const classes = [...new Set([...train, ...test].map(({ label }) => label))].sort();
  const unknown = test.find(({ label }) => !train.some((one) => one.label === label));
  if (unknown) throw dataError(`${title}: the class '${unknown.label}' is in the test examples only.`);
  return { name, title, classes, train, test, keep };
}

/** Files of `text` and `label`; what a text is about stands before it. */
function fromFiles(source: DataSource, files: (typeof END_TASK_FILES)[keyof typeof END_TASK_FILES], about?: string): Reader {
  return async (options) => {
    const part = async (file: (typeof files)['train' | 'test']) => {
      const labelled = ({ ...line }: JsonLine): LabelledText => ({
        text: (about ? `${textIn(line, about, file.name)} : ` : '') + textIn(line, 'text', file.name),
        label: textIn(line, 'label', file.name),
      });
      return (await readJsonLines(source, file, options)).map(labelled);
    };
    return { train: await part(files.train), test: await part(files.test) };
  };
}

/** A question and the conclusion of the abstract that it is asked of; the authors' 500 test questions (Jin et al., EMNLP 2019, reasoning-free). */
async function pubmedqa(options: DataOptions): Promise<Pick<EndTask, 'train' | 'test'>> {
  const lines = await readJsonLines(SCIENCE, PUBMEDQA_FILE, options);
  const what = PUBMEDQA_FILE.name;
  const part = (split: string) =>
    lines
      .filter((line) => line.split === split)
      .map((line) => ({
        text: `${textIn(line, 'question', what)} ${textIn(line, 'long_answer', what)}`,
        label: textIn(line, 'label', what),
      }));
  return { train: part('train'), test: part('test') };
}

/** Positive and negative reviews; the corpus itself says which. */
async function movie(options: DataOptions): Promise<Pick<EndTask, 'train' | 'test'>> {
  const { train, test } = await loadDomain('movie', options);
  const part = (documents: typeof train) => documents.map(({ text, label }) => ({ text, label: label! }));
  return { train: part(train), test: part(test) };
}
