import { ContinualLearningError } from '../errors.js';
import { checkList, optionError } from '../options.js';

/** A sentence with a tag for each word, in IOB2: 'B-PER' begins an entity, 'I-PER' goes on with it, 'O' is outside of all. */
export interface TaggedSentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
}

/** A named stretch of a sentence: the words from `start` to before `end`. */
export interface Entity {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What an `I-X` means that follows neither `B-X` nor `I-X`. `strict`: nothing, as IOB2 has it. `conlleval`: it begins an entity, as in the
 * CoNLL shared tasks' own script.
 */
export type EntityMode = 'strict' | 'conlleval';

/** Tags of entity types as numbers: 0 is `O`, 2k + 1 is `B-` and 2k + 2 is `I-` of the k-th type. */
export interface TagSet {
  readonly types: readonly string[];
  /** 'O', 'B-PER', 'I-PER', 'B-LOC', … */
  readonly tags: readonly string[];
  /** The number of a tag; that of `O` for a type that is not among them, so that it is not seen. */
  idOf(tag: string): number;
  /** The numbers of a type's two tags. */
  idsOf(type: string): readonly [number, number];
}

/**
 * Numbers for the tags of some types, in their order.
 *
 * @throws CL_OPTION for what is no list of names, or a type that comes twice.
 * @example tagSet(['PER', 'LOC']).tags // ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC']
 */
export function tagSet(types: readonly string[]): TagSet {
  checkList('tagSet', 'types', types, (type, item) => {
    if (typeof type !== 'string' || type === '') throw optionError('tagSet', item, type, 'the name of an entity type');
  });
  const twice = types.find((type, k) => types.indexOf(type) !== k);
  if (twice !== undefined) throw new ContinualLearningError('CL_OPTION', `tagSet(): the type '${twice}' comes twice.`);
  const tags = ['O', ...types.flatMap((type) => [`B-${type}`, `I-${type}`])];
  const ids = new Map(tags.map((tag, id) => [tag, id]));
  return {
    types,
    tags,
    idOf: (tag) => ids.get(tag) ?? 0,
    idsOf: (type) => {
      const first = ids.get(`B-${type}`);
      if (first !== undefined) return [first, first + 1];
      throw new ContinualLearningError('CL_OPTION', `There is no entity type '${type}'. There are: ${types.join(', ')}.`);
    },
  };
}

/** A tag in two: `B` and `PER`. Null for `O`. */
const parts = (tag: string): readonly [string, string] | null => (tag === 'O' ? null : [tag.slice(0, 1), tag.slice(2)]);

/** Whether a string is a tag of IOB1, IOB2, BIOES or BILOU. */
export const isTag = (tag: string): boolean => /^(O|[BIESLUM]-.+)$/.test(tag);

/**
 * Tags of IOB1, IOB2, BIOES or BILOU as IOB2. One rule reads them all: `B`, `S` and `U` begin an entity; anything else goes on with the
 * entity before it if that has the same type and has not ended, and begins one if not.
 *
 * @example toIob2(['I-PER', 'I-PER', 'B-PER', 'O']) // IOB1: ['B-PER', 'I-PER', 'B-PER', 'O']
 * @example toIob2(['B-PER', 'E-PER', 'S-LOC']) // BIOES: ['B-PER', 'I-PER', 'B-LOC']
 */
export function toIob2(tags: readonly string[]): string[] {
  let open: string | null = null;
  return tags.map((tag) => {
    const [prefix, type] = parts(tag) ?? [null, null];
    if (type === null) {
      open = null;
      return 'O';
    }
    const goesOn = type === open && !'BSU'.includes(prefix);
    open = 'ESLU'.includes(prefix) ? null : type;
    return `${goesOn ? 'I' : 'B'}-${type}`;
  });
}

/** The entities of a sentence's tags in IOB2, in order. */
export function entitiesOf(tags: readonly string[], mode: EntityMode = 'strict'): Entity[] {
  const entities: Entity[] = [];
  let open: { type: string; start: number } | null = null;
  const close = (end: number) => {
    if (open) entities.push({ ...open, end });
    open = null;
  };
  tags.forEach((tag, at) => {
    const [prefix, type] = parts(tag) ?? [null, null];
    if (prefix === 'I' && open?.type === type) return;
    close(at);
    if (type !== null && (prefix === 'B' || mode === 'conlleval')) open = { type, start: at };
  });
  close(tags.length);
  return entities;
}

/** Types of the entities in some sentences, in alphabetical order. */
export function entityTypes(sentences: readonly TaggedSentence[]): string[] {
  const types = sentences.flatMap(({ tags }) => tags.filter((tag) => tag !== 'O').map((tag) => tag.slice(2)));
  // By code units, so that the order is the same in all places.
  return [...new Set(types)].sort();
}

/**
 * Sentences with the types of their entities renamed; an entity of a type that the table does not name is not seen.
 *
 * @example renamedTypes(sentences, { person: 'PER', corporation: 'ORG', group: 'ORG' })
 */
export function renamedTypes(sentences: readonly TaggedSentence[], table: { readonly [type: string]: string }): TaggedSentence[] {
  const rename = (tag: string): string => {
    const type = tag !== 'O' && Object.hasOwn(table, tag.slice(2)) ? table[tag.slice(2)] : undefined;
    return type === undefined ? 'O' : `${tag.slice(0, 2)}${type}`;
  };
  return sentences.map(({ words, tags }) => ({ words, tags: tags.map(rename) }));
}
