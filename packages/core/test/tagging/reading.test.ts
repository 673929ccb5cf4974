import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Entity, entitiesOf, entityTypes, parseConll, parseJsonLines, renamedTypes, tagSet, toIob2 } from '../../src/index.js';
import { refused } from '../learner/support.js';

const text = (...lines: readonly string[]) => lines.join('\n');

describe('toIob2', () => {
  it.each([
    ['IOB1', ['I-A', 'I-A', 'B-A', 'O', 'I-B', 'I-A'], ['B-A', 'I-A', 'B-A', 'O', 'B-B', 'B-A']],
    ['IOB2', ['B-A', 'I-A', 'B-A', 'O', 'B-B', 'B-A'], ['B-A', 'I-A', 'B-A', 'O', 'B-B', 'B-A']],
    ['BIOES', ['B-A', 'E-A', 'S-A', 'O', 'S-B', 'S-A'], ['B-A', 'I-A', 'B-A', 'O', 'B-B', 'B-A']],
    ['BILOU', ['B-A', 'L-A', 'U-A', 'O', 'U-B', 'U-A'], ['B-A', 'I-A', 'B-A', 'O', 'B-B', 'B-A']],
  ])('reads %s', (_scheme, tags, expected) => expect(toIob2(tags)).toEqual(expected));

  it('begins an entity where an I- has nothing to go on with', () => {
    expect(toIob2(['O', 'I-A', 'I-B', 'E-B', 'I-B'])).toEqual(['O', 'B-A', 'B-B', 'I-B', 'B-B']);
  });

  /** Entities next to one another or not, written down in a scheme. */
  const entities = fc
    .array(fc.record({ gap: fc.integer({ min: 0, max: 2 }), size: fc.integer({ min: 1, max: 3 }), type: fc.constantFrom('A', 'B') }))
    .map((parts) => {
      let at = 0;
      return parts.map(({ gap, size, type }): Entity => {
        const start = at + gap;
        at = start + size;
        return { type, start, end: at };
      });
    });
  const written = (all: readonly Entity[], tagOf: (entity: Entity, word: number, before: Entity | undefined) => string): string[] => {
    const tags = Array<string>(all.at(-1)?.end ?? 0).fill('O');
    all.forEach((entity, i) => {
      for (let word = entity.start; word < entity.end; word++) tags[word] = `${tagOf(entity, word, all[i - 1])}-${entity.type}`;
    });
    return tags;
  };
  test.prop([entities])('keeps the entities, whatever the scheme', (all) => {
    const schemes = [
      written(all, ({ start }, word) => (word === start ? 'B' : 'I')),
      written(all, ({ start, type }, word, before) => (word === start && before?.end === start && before.type === type ? 'B' : 'I')),
      written(all, ({ start, end }, word) => (end - start === 1 ? 'S' : word === start ? 'B' : word === end - 1 ? 'E' : 'I')),
      written(all, ({ start, end }, word) => (end - start === 1 ? 'U' : word === start ? 'B' : word === end - 1 ? 'L' : 'I')),
    ];
    for (const tags of schemes) expect(entitiesOf(toIob2(tags))).toEqual(all);
    for (const tags of schemes) expect(toIob2(toIob2(tags))).toEqual(toIob2(tags));
  });
});

describe('parseConll', () => {
  it('reads two columns, and four with the tag last', () => {
    const expected = [
      { words: ['EU', 'rejects'], tags: ['B-ORG', 'O'] },
      { words: ['Peter'], tags: ['B-PER'] },
    ];
    expect(parseConll(text('EU\tB-ORG', 'rejects\tO', '', 'Peter\tB-PER'))).toEqual(expected);
    expect(parseConll(text('EU NNP I-NP I-ORG', 'rejects VBZ I-VP O', '', 'Peter NNP I-NP I-PER', ''))).toEqual(expected);
    expect(parseConll(text('1 EU B-ORG NNP', '2 rejects O VBZ', '', '1 Peter B-PER NNP'), { word: 1, tag: 2 })).toEqual(expected);
  });

  it('takes a word with a blank, and one of no letters, where columns are parted by tabs', () => {
    expect(parseConll('New York\tB-LOC\n\tO\n \tO')).toEqual([{ words: ['New York', '', ' '], tags: ['B-LOC', 'O', 'O'] }]);
  });

  it('ends a sentence at a line of white space alone, and leaves out marks of documents, of byte order and of line ends', () => {
    expect(parseConll('\uFEFF-DOCSTART- -X- O O\r\n\r\na\tO\r\n\t\r\n\r\n-DOCSTART-\tO\r\nb\tO\r\n')).toEqual([
      { words: ['a'], tags: ['O'] },
      { words: ['b'], tags: ['O'] },
    ]);
    expect(parseConll('')).toEqual([]);
  });

  it('keeps what is no letter of any alphabet', () => {
    expect(parseConll('\uFFFD\tO\n\u{1F600}\tO')[0]!.words).toEqual(['\uFFFD', '\u{1F600}']);
  });

  it('says where a line is wrong', async () => {
    expect(await refused(() => parseConll('a\tO\n\nb', { file: 'news.conll' }))).toMatch(
      /^CL_DATA news\.conll, line 3: .*received 1 column: 'b'/,
    );
    expect(await refused(() => parseConll('a O', { word: 2 }))).toMatch(/^CL_DATA text, line 1: .*column 2/);
    expect(await refused(() => parseConll('a\tO\nb\tPER', { file: 'x' }))).toMatch(/^CL_LABEL x, line 2: .*received "PER"/);
    expect(await refused(() => parseConll('a\tB-'))).toMatch(/^CL_LABEL text, line 1: /);
    expect(await refused(() => parseConll('a\tO', { column: 1 } as object))).toMatch(/^CL_OPTION .*'column'/);
    expect(await refused(() => parseConll(new Uint8Array(3) as never))).toMatch(
      /^CL_DATA parseConll\(\): expected a text, received a Uint8Array/,
    );
  });
});

describe('parseJsonLines', () => {
  it('reads names and numbers', () => {
    const expected = [{ words: ['Ada', 'is'], tags: ['B-PER', 'O'] }];
    expect(parseJsonLines('{"tokens": ["Ada", "is"], "tags": ["B-PER", "O"]}\n\n')).toEqual(expected);
    const tagNames = ['O', 'B-PER'];
    expect(parseJsonLines('{"words": ["Ada", "is"], "ner_tags": [1, 0]}', { words: 'words', tags: 'ner_tags', tagNames })).toEqual(
      expected,
    );
  });

  it('says where a line is wrong', async () => {
    expect(await refused(() => parseJsonLines('{}\n', { file: 'x.jsonl' }))).toMatch(/^CL_DATA x\.jsonl, line 1: .*'tokens'/);
    expect(await refused(() => parseJsonLines('\n{"tokens": ["a"'))).toMatch(/^CL_DATA text, line 2: is no JSON/);
    expect(await refused(() => parseJsonLines(undefined as never))).toMatch(
      /^CL_DATA parseJsonLines\(\): expected a text, received undefined/,
    );
    expect(await refused(() => parseJsonLines('[]'))).toMatch(/^CL_DATA text, line 1: .*received \[\]\./);
    expect(await refused(() => parseJsonLines('null'))).toMatch(/^CL_DATA text, line 1: /);
    expect(await refused(() => parseJsonLines('{"tokens": ["a"], "tags": []}'))).toMatch(/^CL_DATA .*1 words and 0 tags/);
    expect(await refused(() => parseJsonLines('{"tokens": ["a"], "tags": [3]}'))).toMatch(/^CL_LABEL text, line 1, tag 1: .*received 3/);
    expect(await refused(() => parseJsonLines('{"tokens": ["a"], "tags": [3]}', { tagNames: ['O'] }))).toMatch(/^CL_LABEL .*received 3/);
  });
});

describe('tagSet', () => {
  it('numbers O first, then the two tags of each type', async () => {
    const { tags, idOf, idsOf } = tagSet(['PER', 'LOC']);
    expect(tags).toEqual(['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC']);
    expect(tags.map(idOf)).toEqual([0, 1, 2, 3, 4]);
    expect(idOf('B-ORG')).toBe(0);
    expect(idsOf('LOC')).toEqual([3, 4]);
    expect(await refused(() => idsOf('ORG'))).toMatch(/^CL_OPTION .*PER, LOC/);
    for (const odd of [undefined, 'PER', [''], [3]]) expect(await refused(() => tagSet(odd as never))).toMatch(/^CL_OPTION tagSet/);
    expect(await refused(() => tagSet(['PER', 'PER']))).toMatch(/^CL_OPTION .*'PER' comes twice/);
  });
});

it('types can be listed and renamed', () => {
  const sentences = [{ words: ['a', 'b', 'c'], tags: ['B-person', 'I-person', 'B-group'] }];
  expect(entityTypes(sentences)).toEqual(['group', 'person']);
  expect(renamedTypes(sentences, { person: 'PER' })).toEqual([{ words: ['a', 'b', 'c'], tags: ['B-PER', 'I-PER', 'O'] }]);
  // A name that every record has.
  expect(renamedTypes([{ words: ['a'], tags: ['B-constructor'] }], {})[0]!.tags).toEqual(['O']);
});
