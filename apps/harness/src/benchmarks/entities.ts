import {
  checkInteger,
  checkKnown,
  checkOneOf,
  type EntityStream,
  entityDomains,
  entityStream,
  entityTypes,
  hashedWords,
  latinSquare,
  random,
  renamedTypes,
  type SentenceEncoder,
  type SlicingProtocol,
  type TaggedSentence,
  typeSteps,
} from '@cl/core';
import { readTagged } from '@cl/node';
import { CROSSNER } from '../data/crossner.js';
import { dataError } from '../data/data-error.js';
import { type EntitySet, loadEntities } from '../data/entities.js';
import { BIONLP13CG, BTC, type EntitySource, FEWNERD36, GUM, SEC_FILINGS, WIKIGOLD, WNUT17 } from '../data/entity-sets.js';
import type { DataOptions } from '../data/index.js';

export interface EntityBenchmarkOptions extends DataOptions {
  /** How words become rows. Default: `hashedWords({ length: 64, long: 'split' })`. */
  readonly encoder?: SentenceEncoder;
  /** Which training sentences a step gets, where types come in steps. Default: the benchmark's. */
  readonly protocol?: SlicingProtocol;
  /** Which order of the steps: 0 (default) is the alphabetical one, 1 … are the others of a Latin square. */
  readonly order?: number;
  /** Of slices and of what is taken of a set. Default 0. */
  readonly seed?: number;
  /** How much of a set by type is taken. Default: all of it. */
  readonly take?: Taken;
  /** True: all types at once, annotated in all sentences, as one step. Only by type. Default false. */
  readonly joint?: boolean;
}

/** At most so many sentences, random ones. Where a set has none for validation, they are held out of those for training. */
export interface Taken {
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
}

/** A stream of named-entity recognition. */
export interface EntityBenchmark {
  /** 'ner-gum' */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /**
   * The stream.
   *
   * @throws CL_OPTION for an option that cannot be used, CL_DATA where the data cannot be had.
   */
  load(options?: EntityBenchmarkOptions): Promise<EntityStream>;
}

const OPTIONS = ['encoder', 'protocol', 'order', 'seed', 'take', 'joint', 'data', 'environment', 'progress', 'signal'];

/** Words in rows of 64, where nothing else is asked for. */
const byWords = (): SentenceEncoder => hashedWords({ length: 64, long: 'split' });

/** Of streams by domain: the others are about types that come in steps. A seed has nothing to decide in them, and is that of the training too. */
const DOMAIN_OPTIONS = OPTIONS.filter((name) => !['protocol', 'order', 'take', 'joint'].includes(name));

interface StepsOptions extends EntityBenchmarkOptions {
  readonly title: string;
  readonly preset: SlicingProtocol;
  readonly steps: readonly (readonly string[])[];
}

function streamInSteps(set: EntitySet, scope: string, { title, preset, steps, ...options }: StepsOptions): EntityStream {
  const order = checkInteger(scope, 'order', options.order ?? 0, { min: 0, below: steps.length + 1 });
  const ordered = order === 0 ? steps : latinSquare(steps)[order - 1]!;
  const protocol = checkOneOf(scope, 'protocol', options.protocol ?? preset, ['split', 'filter', 'greedy', 'all']);
  const seed = options.seed ?? 0;
  return entityStream({
    name: title,
    ...taken(set, scope, options.take ?? {}, seed),
    steps: options.joint ? [ordered.flat()] : ordered,
    protocol: options.joint ? 'all' : protocol,
    seed,
    encoder: options.encoder ?? byWords(),
  });
}

function taken(set: EntitySet, scope: string, take: Taken, seed: number): EntitySet {
  checkKnown(scope, take, ['train', 'validation', 'test']);
  for (const name of ['train', 'validation', 'test'] as const) {
    if (take[name] !== undefined) checkInteger(scope, `take.${name}`, take[name], { min: 1 });
  }
  const shuffled = (name: keyof Taken, sentences: readonly TaggedSentence[]): readonly TaggedSentence[] =>
    take[name] === undefined ? sentences : [...random(seed, 'taken', name).permutation(sentences.length)].map((i) => sentences[i]!);
  const heldOut = set.validation ? 0 : (take.validation ?? 0);
  // Shuffled once, so that what is held out and what is learned from are apart.
  const train = heldOut > 0 ? shuffled('validation', set.train) : set.train;
  const validation = set.validation ? shuffled('validation', set.validation).slice(0, take.validation) : train.slice(0, heldOut);
  return {
    train: shuffled('train', train.slice(heldOut)).slice(0, take.train),
    test: shuffled('test', set.test).slice(0, take.test),
    ...(validation.length > 0 && { validation }),
  };
}

interface ByType {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly source: EntitySource;
  readonly steps: (types: readonly string[]) => readonly (readonly string[])[];
}

/** Types a few at a time, in disjoint parts of the sentences: FG-a-PG-b of Zheng et al. (2022), unless another protocol is asked for. */
const byType = ({ name, title, description, source, steps }: ByType): EntityBenchmark => ({
  name,
  title,
  description,
  async load(options = {}) {
    checkKnown(`${name}.load`, options, OPTIONS);
    const set = await loadEntities(source, whereOf(options));
    return streamInSteps(set, `${name}.load`, { ...options, title, preset: 'greedy', steps: steps(entityTypes(set.train)) });
  },
});

const whereOf = ({ data, environment, progress, signal }: DataOptions): DataOptions => ({
  ...(data !== undefined && { data }),
  ...(environment && { environment }),
  ...(progress && { progress }),
  ...(signal && { signal }),
});

export const nerGum = byType({
  name: 'ner-gum',
  title: 'GUM by type',
  description: 'Eleven entity types of interviews, news and guides, one at a time (FG-1-PG-1).',
  source: GUM,
  steps: (types) => typeSteps(types),
});

export const nerWnut17 = byType({
  name: 'ner-wnut17',
  title: 'WNUT-17 by type',
  description: 'Six entity types of social media, one at a time (FG-1-PG-1).',
  source: WNUT17,
  steps: (types) => typeSteps(types),
});

export const nerBionlp13cg = byType({
  name: 'ner-bionlp13cg',
  title: 'BioNLP13CG by type',
  description: 'Sixteen entity types of cancer genetics: eight, then two at a time (FG-8-PG-2).',
  source: BIONLP13CG,
  steps: (types) => typeSteps(types, { first: 8, next: 2 }),
});

/** 'location_GPE' is of the coarse type 'location'. */
const coarse = (type: string): string => type.split('_')[0]!;

export const nerFewnerd = byType({
  name: 'ner-fewnerd',
  title: 'Few-NERD (a part) by coarse type',
  description: '36 fine entity types of Wikipedia, those of one of eight coarse types at a time. Not an official split.',
  source: FEWNERD36,
  steps: (types) => [...new Set(types.map(coarse))].map((group) => types.filter((type) => coarse(type) === group)),
});

export const nerCrossner: EntityBenchmark = {
  name: 'ner-crossner',
  title: 'CrossNER',
  description: 'Politics, science, music, literature, artificial intelligence: each domain brings types of its own, 39 in all.',
  async load(options = {}) {
    checkKnown('ner-crossner.load', options, DOMAIN_OPTIONS);
    const domains = [];
    for (const [name, source] of Object.entries(CROSSNER)) domains.push({ name, ...(await loadEntities(source, whereOf(options))) });
    return entityDomains({ name: 'CrossNER', domains, scenario: 'class', encoder: options.encoder ?? byWords() });
  },
};

/** What the types of the four sets are called in common; others are not seen. */
const COMMON = { PER: 'PER', LOC: 'LOC', ORG: 'ORG', person: 'PER', location: 'LOC', corporation: 'ORG', group: 'ORG' } as const;

export const nerDomains: EntityBenchmark = {
  name: 'ner-domains',
  title: 'Persons, places, organisations by domain',
  description: 'The same three types in encyclopedia, contracts, tweets and other social media.',
  async load(options = {}) {
    checkKnown('ner-domains.load', options, DOMAIN_OPTIONS);
    const renamed = (sentences: readonly TaggedSentence[]) => renamedTypes(sentences, COMMON);
    const domains = [];
    for (const [name, source] of Object.entries({ wikigold: WIKIGOLD, 'SEC filings': SEC_FILINGS, BTC, 'WNUT-17': WNUT17 })) {
      const { train, test, validation } = await loadEntities(source, whereOf(options));
      domains.push({ name, train: renamed(train), test: renamed(test), ...(validation && { validation: renamed(validation) }) });
    }
    return entityDomains({ name: 'Entities by domain', domains, encoder: options.encoder ?? byWords() });
  },
};

/** All benchmarks of named-entity recognition. */
export const entityBenchmarks: readonly EntityBenchmark[] = [nerWnut17, nerGum, nerBionlp13cg, nerFewnerd, nerCrossner, nerDomains];

export interface EntityFilesOptions extends Omit<EntityBenchmarkOptions, keyof DataOptions> {
  /** Paths of files of tagged sentences, such as CoNLL-2003's own: columns, lines of JSON or CSV. */
  readonly train: string;
  readonly test: string;
  readonly validation?: string;
  /** Types of the first step, and of each later one. Default 1. */
  readonly first?: number;
  readonly next?: number;
}

/**
 * A stream by type of one's own files.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_DATA and CL_LABEL with file and line where a file is not as it should be.
 * @example const stream = await entityFiles({ train: 'eng.train', test: 'eng.testb', protocol: 'split' });
 */
export async function entityFiles(options: EntityFilesOptions): Promise<EntityStream> {
  checkKnown('entityFiles', options, ['train', 'test', 'validation', 'first', 'next', 'encoder', 'protocol', 'order', 'seed']);
  const { train, test, validation, first = 1, next = 1, ...rest } = options;
  const set: EntitySet = {
    train: await readTagged(train),
    test: await readTagged(test),
    ...(validation !== undefined && { validation: await readTagged(validation) }),
  };
  const types = entityTypes(set.train);
  if (types.length === 0) throw dataError(`${train}: has no entities to learn, in ${set.train.length} sentences.`);
  for (const [path, sentences] of [[test, set.test], ...(set.validation ? [[validation!, set.validation] as const] : [])] as const) {
    if (sentences.length === 0) throw dataError(`${path}: has no sentences.`);
  }
  const steps = typeSteps(types, { first, next });
  return streamInSteps(set, 'entityFiles', { ...rest, title: 'Entities by type', preset: 'split', steps });
}
