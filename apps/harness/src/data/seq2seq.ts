import { checkOneOf } from '@cl/core';
import { dataError } from './data-error.js';
import { type JsonLine, readJsonLines, textIn } from './json-lines.js';
import type { DataOptions } from './locate.js';
import { SEQ2SEQ_FILES } from './seq2seq-files.js';
import type { DataSource } from './sets.js';

/** Eight kinds of text to write, in the order of the benchmark. The first five are those of CT0 that may be passed on, or stand for them. */
export const SEQ2SEQ_NAMES = ['simplification', 'headline', 'haiku', 'covidqa', 'esnli', 'wikisplit', 'pubmedqa', 'mbpp'] as const;

export type Seq2SeqName = (typeof SEQ2SEQ_NAMES)[number];

/** Where a word must stand in what is written. */
export interface Constraint {
  readonly where: 'start' | 'contain' | 'end';
  readonly word: string;
}

/** What is asked, and what would be a good answer. */
export interface TextPair {
  /** As the benchmark asks it. */
  readonly input: string;
  /** One, or several that are as good; the first is what is learned. */
  readonly references: readonly [string, ...string[]];
  readonly constraint?: Constraint;
}

/** Pairs to learn from and to test on. */
export interface TextTask {
  readonly name: string;
  readonly title: string;
  readonly train: readonly TextPair[];
  readonly test: readonly TextPair[];
}

export const SEQ2SEQ_TITLES: { readonly [name in Seq2SeqName]: string } = {
  simplification: 'simpler words (ASSET)',
  headline: 'headlines with a given word (AG News)',
  haiku: 'haiku',
  covidqa: 'questions about COVID',
  esnli: 'explanations (e-SNLI)',
  wikisplit: 'one sentence as two (WikiSplit)',
  pubmedqa: 'conclusions of abstracts (PubMedQA)',
  mbpp: 'Python functions (MBPP)',
};

const SEQ2SEQ: DataSource = {
  name: 'seq2seq',
  title: 'Eight text-to-text tasks',
  licence: 'MIT, Apache-2.0, CC BY 4.0 or CC BY-SA 4.0 by task; headline and simplification for non-commercial research only',
  origins: [],
  recipe:
    'Each task is two files of JSON lines with `input` and `target`, made of ASSET, AG News, the haiku of CT0, COVID-QA, e-SNLI, WikiSplit, PubMedQA and MBPP',
};

/**
 * A task from the folder `data` or CL_DATA, its checksums checked.
 *
 * @throws CL_OPTION for a task that there is not, CL_DATA if files are missing or damaged, or where a constraint names no word.
 * @example const { train, test } = await loadSeq2Seq('haiku', { data: '/srv/data' });
 */
export async function loadSeq2Seq(name: Seq2SeqName, options: DataOptions = {}): Promise<TextTask> {
  const files = SEQ2SEQ_FILES[checkOneOf('loadSeq2Seq', 'name', name, SEQ2SEQ_NAMES)];
  const read = async (part: 'train' | 'test') =>
    (await readJsonLines(SEQ2SEQ, files[part], options)).map((line) => pairOf(line, files[part].name));
  return { name, title: SEQ2SEQ_TITLES[name], train: await read('train'), test: await read('test') };
}

function pairOf(line: JsonLine, what: string): TextPair {
  const several = Array.isArray(line.references) ? (line.references as readonly string[]) : [];
  const [first, ...others] = several.length > 0 ? several : [textIn(line, 'target', what)];
  const constraint = line.constraint === undefined ? null : constraintOf(line, what);
  return { input: textIn(line, 'input', what), references: [first!, ...others], ...(constraint && { constraint }) };
}

function constraintOf(line: JsonLine, what: string): Constraint {
  const { constraint: where, word } = line;
  if ((where === 'start' || where === 'contain' || where === 'end') && typeof word === 'string' && word !== '') return { where, word };
  throw dataError(`${what}: a constraint needs a place (start, contain, end) and a word, received ${JSON.stringify([where, word])}.`);
}
