import { checkOneOf, type Random, random } from '@cl/core';
import { BASE_TASK_FILES } from './base-task-files.js';
import { dataError } from './data-error.js';
import { loadEndTask } from './end-tasks.js';
import { type JsonLine, readJsonLines, textIn } from './json-lines.js';
import { type DataOptions, locate } from './locate.js';
import { readPacked } from './read-packed.js';
import type { TextPair, TextTask } from './seq2seq.js';
import type { DataSource } from './sets.js';

/** Prompted tasks with short answers: what a model knows before it learns to write. */
export const BASE_TASK_NAMES = ['topic', 'intent', 'sentiment', 'copy', 'reverse', 'last', 'capitals', 'spell'] as const;
/** Tasks that are like some of these, and are never trained on. */
export const ZERO_SHOT_NAMES = ['title-topic', 'film-sentiment', 'first'] as const;

export type BaseTaskName = (typeof BASE_TASK_NAMES)[number] | (typeof ZERO_SHOT_NAMES)[number];

/** A task whose answers are known words; `answers` has all of them, where they can be listed. */
export interface BaseTask extends TextTask {
  readonly answers: ReadonlySet<string> | null;
}

/** Pairs of each part. */
export interface BaseTaskSizes {
  readonly train: number;
  readonly test: number;
}

const ALL: readonly BaseTaskName[] = [...BASE_TASK_NAMES, ...ZERO_SHOT_NAMES];

/**
 * A base task: the first pairs of a random order of what there is, or as many as asked for of those that are made up from words.
 *
 * @throws CL_OPTION for a task that there is not, CL_DATA if files are missing or damaged.
 * @example const { train, answers } = await loadBaseTask('topic', { train: 1000, test: 40 }, { data: '/srv/data' });
 */
export async function loadBaseTask(name: BaseTaskName, sizes: BaseTaskSizes, options: DataOptions = {}): Promise<BaseTask> {
  checkOneOf('loadBaseTask', 'name', name, ALL);
  const draws = random(0, 'base task', name);
  const made = MADE_UP[name];
  if (made) {
    const words = await wordsOf(options);
    const pairs = (count: number) => Array.from({ length: count }, () => made(drawn(words, draws)));
    return { name, title: name, train: pairs(sizes.train), test: pairs(sizes.test), answers: null };
  }
  const { train, test } = await LABELLED[name]!(options);
  const part = (all: readonly TextPair[], count: number) => [...draws.permutation(all.length).subarray(0, count)].map((i) => all[i]!);
  const answers = new Set([...train, ...test].map(({ references }) => references[0]));
  return { name, title: name, train: part(train, sizes.train), test: part(test, sizes.test), answers };
}

const pair = (input: string, answer: string): TextPair => ({ input, references: [answer] });

/** From a few words, which are asked about. */
const MADE_UP: { readonly [name: string]: (words: readonly string[]) => TextPair } = {
  copy: (words) => pair(`Repeat these words: ${words.join(' ')}`, words.join(' ')),
  reverse: (words) => pair(`Write these words in reverse order: ${words.join(' ')}`, [...words].reverse().join(' ')),
  last: (words) => pair(`What is the last word? ${words.join(' ')}`, words.at(-1)!),
  first: (words) => pair(`What is the first word? ${words.join(' ')}`, words[0]!),
  capitals: (words) => pair(`Write in capital letters: ${words.join(' ')}`, words.join(' ').toUpperCase()),
  spell: ([word]) => pair(`Spell this word: ${word}`, [...word!].join(' ')),
};

/** Three to five different words. */
const drawn = (words: readonly string[], draws: Random): readonly string[] =>
  [...draws.sample(3 + draws.integer(3), words.length)].map((i) => words[i]!);

/** Words that are found often in the requests. */
async function wordsOf(options: DataOptions): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  for (const [text] of (await requests(options)).train) {
    for (const word of text.match(/\b[a-z]{3,8}\b/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count >= 5).map(([word]) => word);
}

type Parts = { readonly train: readonly TextPair[]; readonly test: readonly TextPair[] };

const LABELLED: { readonly [name: string]: (options: DataOptions) => Promise<Parts> } = {
  topic: (options) => topics(options, (line, what) => `What is this about? ${textIn(line, 'text', what)}`),
  'title-topic': (options) => topics(options, (line, what) => `What kind of thing is "${textIn(line, 'title', what)}"?`),
  async intent(options) {
    const { train, test } = await requests(options);
    const asked = ([text, intent]: Request) => pair(`What does the user want? ${text}`, intent.replaceAll('_', ' '));
    return { train: train.map(asked), test: test.map(asked) };
  },
  async sentiment(options) {
    const { train, test } = await loadEndTask('products', options);
    const asked = ({ text, label }: (typeof train)[number]) => pair(`Is this positive or negative? ${text}`, label);
    return { train: train.map(asked), test: test.map(asked) };
  },
  async 'film-sentiment'(options) {
    const { train, test } = await loadEndTask('movie', options);
    // Reviews say at their end what they think.
    const end = (text: string) => text.split(/\s+/).slice(-30).join(' ');
    const asked = ({ text, label }: (typeof train)[number]) =>
      pair(`Is this review positive or negative? ${end(text)}`, label.startsWith('pos') ? 'positive' : 'negative');
    return { train: train.map(asked), test: test.map(asked) };
  },
};

const DBPEDIA: DataSource = {
  name: 'text-dbpedia14',
  title: 'DBpedia-14 topics',
  licence: 'CC BY-SA 3.0',
  origins: [],
  recipe: 'They are 7,600 entries of DBpedia-14 (X. Zhang, J. Zhao & Y. LeCun, 2015), as JSON lines with `title`, `text` and `label`',
};

async function topics(options: DataOptions, ask: (line: JsonLine, what: string) => string): Promise<Parts> {
  const read = async (part: 'train' | 'test') => {
    const file = BASE_TASK_FILES.topics[part];
    const lines = await readJsonLines(DBPEDIA, file, options);
    return lines.map((line) => pair(ask(line, file.name), textIn(line, 'label', file.name)));
  };
  return { train: await read('train'), test: await read('test') };
}

const CLINC: DataSource = {
  name: 'text-clinc150',
  title: 'CLINC150 requests',
  licence: 'CC BY 3.0',
  origins: [],
  recipe: 'It is data_full.json of https://github.com/clinc/oos-eval (S. Larson et al., EMNLP 2019)',
};

/** What a user says, and what it is meant to do. */
type Request = readonly [string, string];

async function requests(options: DataOptions): Promise<{ readonly train: readonly Request[]; readonly test: readonly Request[] }> {
  const file = BASE_TASK_FILES.requests;
  const bytes = await readPacked(await locate(CLINC, file, options), file);
  const { train, test } = JSON.parse(new TextDecoder().decode(bytes)) as { train?: Request[]; test?: Request[] };
  if (!train || !test) throw dataError(`${CLINC.name}/${file.name}: has no parts 'train' and 'test'.`);
  return { train, test };
}
