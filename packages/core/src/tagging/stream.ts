import { column, type Dataset, dataset, subsetData } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { NO_TARGET } from '../objective/tokens.js';
import { checkHas, checkInteger, checkKnown, checkList, checkOneOf, optionError } from '../options.js';
import type { Stream, TaskData } from '../scenario/task.js';
import type { SentenceEncoder } from './encode.js';
import { fittingSentences } from './fitting.js';
import { checkEncoder, checkSentences } from './sentences.js';
import { PROTOCOLS, type SlicingProtocol, slicesOf } from './slices.js';
import { entityTypes, type TaggedSentence, type TagSet, tagSet } from './tags.js';

/** A stream of sentences, and what its labels mean. */
export interface EntityStream extends Stream {
  readonly tags: TagSet;
  /** What comes task by task: types, and the test sentences of a task are all there are, or domains, each with test sentences of its own. */
  readonly by: 'type' | 'domain';
  /** The types that each task brings or, where tasks are domains, has. */
  readonly steps: readonly (readonly string[])[];
}

export interface EntityStreamOptions {
  /** Annotated with all types; what a step may not see is hidden here. */
  readonly train: readonly TaggedSentence[];
  readonly test: readonly TaggedSentence[];
  readonly validation?: readonly TaggedSentence[];
  /** The types of each step. Types that are in none are never seen. Default: one type a step, in alphabetical order. */
  readonly steps?: readonly (readonly string[])[];
  /** Which training sentences a step gets. Default 'split'. */
  readonly protocol?: SlicingProtocol;
  /** Of the slices. Default 0. */
  readonly seed?: number;
  readonly encoder: SentenceEncoder;
  readonly name?: string;
}

/**
 * Named-entity recognition where types come one step after another (Monaikul et al., AAAI 2021). In a step's training sentences only its own
 * types are annotated: entities of other types, old or to come, read `O`. Test and validation sentences are all there in each step, with
 * the types seen so far. Scenario 'class'; labels are those of `tags`, types in the order in which they come, and `O` is a class of every task.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_DATA where a step has no sentence or a word no tag, CL_LABEL for a tag that is not of
 * IOB2.
 * @example entityStream({ train, test, steps: [['PER'], ['LOC'], ['ORG']], encoder: hashedWords({ length: 64, long: 'split' }) })
 */
export function entityStream(options: EntityStreamOptions): EntityStream {
  checkKnown('entityStream', options, ['train', 'test', 'validation', 'steps', 'protocol', 'seed', 'encoder', 'name']);
  const { encoder, name = 'entities' } = options;
  checkEncoder('entityStream', encoder);
  checkSets('entityStream', '', options);
  const { train, test, validation } = fitted(options, encoder);
  const protocol = checkOneOf('entityStream', 'protocol', options.protocol ?? 'split', PROTOCOLS);
  const seed = checkInteger('entityStream', 'seed', options.seed ?? 0);
  const steps = stepsOf(options.steps ?? stepsIn(train));
  const tags = tagSet(steps.flat());
  const slices = slicesOf(train, steps, protocol, seed);
  const [trains, tests] = [encoded(train, encoder), encoded(test, encoder)];
  const validations = validation && encoded(validation, encoder);

  const tasks = steps.map((types, index): TaskData => {
    const slice = slices[index]!;
    const what = types.join(', ');
    if (slice.length === 0)
      throw new ContinualLearningError('CL_DATA', `entityStream(): no training sentence is left for the step of ${what}.`);
    const seen = steps.slice(0, index + 1).flat();
    return {
      index,
      name: what,
      classes: classesOf(tags, types),
      train: subsetData(trains(tags, types), slice),
      test: tests(tags, seen),
      ...(validations && { validation: validations(tags, seen) }),
    };
  });
  const recipe = { from: 'entity types', steps: steps.map((types) => [...types]), protocol, seed, length: encoder.length };
  return { name, scenario: 'class', outputs: tags.tags.length, tasks, tags, by: 'type', steps, recipe };
}

export interface EntityDomain {
  readonly name: string;
  readonly train: readonly TaggedSentence[];
  readonly test: readonly TaggedSentence[];
  readonly validation?: readonly TaggedSentence[];
}

export interface EntityDomainsOptions {
  readonly domains: readonly EntityDomain[];
  /**
   * `domain`: all types are there from the first task on. `class`: each task brings the types of its training sentences, and those of
   * earlier tasks stay. Default 'domain'.
   */
  readonly scenario?: 'domain' | 'class';
  readonly encoder: SentenceEncoder;
  readonly name?: string;
}

/**
 * Named-entity recognition in one domain after another, each with its own test sentences. All types of a domain are annotated in it.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_DATA where a word has no tag, CL_LABEL for a tag that is not of IOB2.
 * @example entityDomains({ domains: [{ name: 'news', ...news }, { name: 'tweets', ...tweets }], encoder })
 */
export function entityDomains(options: EntityDomainsOptions): EntityStream {
  checkKnown('entityDomains', options, ['domains', 'scenario', 'encoder', 'name']);
  const { domains, encoder, name = 'entity domains' } = options;
  const scenario = checkOneOf('entityDomains', 'scenario', options.scenario ?? 'domain', ['domain', 'class']);
  if (!Array.isArray(domains) || domains.length === 0)
    throw optionError('entityDomains', 'domains', domains, 'a list of at least one domain');
  checkEncoder('entityDomains', encoder);
  for (const [i, domain] of (domains as readonly EntityDomain[]).entries()) {
    checkHas('entityDomains', `domains[${i}]`, domain, ['name'], 'a domain, { name, train, test }');
    checkSets('entityDomains', `${domain.name}: `, domain);
  }
  const own = domains.map(({ train }) => entityTypes(train));
  const tags = tagSet([...new Set(own.flat())]);
  const tasks = domains.map((domain, index): TaskData => {
    const { train, test, validation } = fitted(domain, encoder);
    const labelled = (sentences: readonly TaggedSentence[]) => encoded(sentences, encoder)(tags, tags.types);
    return {
      index,
      name: domain.name,
      classes: classesOf(tags, scenario === 'domain' ? tags.types : own[index]!),
      train: labelled(train),
      test: labelled(test),
      ...(validation && { validation: labelled(validation) }),
    };
  });
  const recipe = { from: 'entity domains', domains: domains.map((domain) => domain.name), scenario, length: encoder.length };
  return { name, scenario, outputs: tags.tags.length, tasks, tags, by: 'domain', steps: own, recipe };
}

type Sets = Pick<EntityDomain, 'train' | 'test' | 'validation'>;

function checkSets(who: string, domain: string, { train, test, validation }: Sets): void {
  checkSentences(who, `${domain}train`, train);
  checkSentences(who, `${domain}test`, test);
  if (validation) checkSentences(who, `${domain}validation`, validation);
}

/** With sentences that are too long for a row in several. */
const fitted = ({ train, test, validation }: Sets, encoder: SentenceEncoder): Sets => ({
  train: fittingSentences(train, encoder),
  test: fittingSentences(test, encoder),
  ...(validation && { validation: fittingSentences(validation, encoder) }),
});

/** Encodes once; labels with some of the types, as often as wanted. */
function encoded(sentences: readonly TaggedSentence[], encoder: SentenceEncoder): (tags: TagSet, visible: readonly string[]) => Dataset {
  const { x, positions } = encoder.encode(sentences.map(({ words }) => words));
  const { length } = encoder;
  return (tags, visible) => {
    const labels = new Int32Array(sentences.length * length).fill(NO_TARGET);
    const seen = new Set(visible);
    sentences.forEach((sentence, row) => {
      sentence.tags.forEach((tag, word) => {
        const at = positions[row]![word]!;
        if (at >= 0) labels[row * length + at] = seen.has(tag.slice(2)) ? tags.idOf(tag) : 0;
      });
    });
    return dataset(x, column(labels, [length]));
  };
}

const classesOf = (tags: TagSet, types: readonly string[]): readonly number[] => [0, ...types.flatMap((type) => tags.idsOf(type))];

/** A step for each type, in alphabetical order. */
function stepsIn(train: readonly TaggedSentence[]): readonly (readonly string[])[] {
  const types = entityTypes(train);
  if (types.length > 0) return types.map((type) => [type]);
  throw new ContinualLearningError('CL_DATA', `entityStream(): there are no entities in the ${train.length} training sentences.`);
}

function stepsOf(steps: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const checked = checkList('entityStream', 'steps', steps, (step, item) =>
    checkList('entityStream', item, step, (type, place) => {
      if (typeof type === 'string' && type !== '') return type;
      throw optionError('entityStream', place, type, 'the name of an entity type');
    }),
  );
  if (checked.length === 0 || checked.some((step) => step.length === 0)) {
    throw optionError('entityStream', 'steps', steps, 'at least one step, each with at least one type');
  }
  return checked;
}
