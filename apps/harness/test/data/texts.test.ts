import { describe, expect, it } from 'vitest';
import { DOMAIN_NAMES, type DomainName } from '../../src/data/domain-names.js';
import { loadDomain } from '../../src/data/domains.js';
import { END_TASK_NAMES, type EndTaskName, loadEndTask } from '../../src/data/end-tasks.js';
import { jsonLinesOf, textIn } from '../../src/data/json-lines.js';
import { folderWith } from './with-data.js';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('JSON lines', () => {
  it('are objects, one a line', () => {
    expect(jsonLinesOf(bytes('{"text":"a"}\n\n{"text":"b","label":"x"}\n'), 'f')).toEqual([{ text: 'a' }, { text: 'b', label: 'x' }]);
  });

  it('are refused with the line that is none', () => {
    expect(() => jsonLinesOf(bytes('{"text":"a"}\n{"text":'), 'f')).toThrow(/f: line 2 is no JSON/);
    expect(() => jsonLinesOf(bytes('[1]\n'), 'f')).toThrow(/f: line 1 is no object/);
    expect(() => jsonLinesOf(bytes('\n'), 'f')).toThrow(/f: there is nothing in it/);
    expect(() => textIn({ text: '' }, 'text', 'f')).toThrow(/f: every line needs a text 'text', received ""/);
  });
});

describe('without data', () => {
  it('says what a domain and an end task can be', async () => {
    await expect(loadDomain('legale' as 'legal')).rejects.toThrow(/Did you mean 'legal'\?/);
    await expect(loadEndTask('chemprott' as 'chemprot')).rejects.toThrow(/Did you mean 'chemprot'\?/);
  });

  it('says how to get them', async () => {
    await expect(loadDomain('legal', { data: '/nowhere' })).rejects.toThrow(
      /there is no folder \/nowhere.*Put them into \/nowhere\/domains/,
    );
    await expect(loadEndTask('scierc', { environment: { HOME: '/nowhere' } })).rejects.toThrow(
      /nobody publishes this file.*allenai\/scibert/,
    );
  });
});

/** Documents to train on, to validate with and to test on, as the folder's own account has them. */
const DOCUMENTS: { readonly [name in DomainName]: readonly number[] } = {
  wiki: [108, 7, 6],
  legal: [423, 24, 23],
  biomed: [900, 50, 50],
  movie: [1600, 200, 200],
  products: [575, 32, 32],
  code: [1759, 102, 97],
  speeches: [453, 26, 25],
  shakespeare: [162, 10, 9],
};

/** Examples to train and to test on, and classes. */
const EXAMPLES: { readonly [name in EndTaskName]: readonly number[] } = {
  chemprot: [4169, 3469, 13],
  pubmedqa: [500, 500, 3],
  products: [3307, 904, 2],
  movie: [1600, 200, 2],
  'acl-arc': [1688, 139, 6],
  scierc: [3219, 974, 7],
};

describe.runIf(folderWith('domains', 'text-science', 'text-product-asc'))('the files', () => {
  it.each(DOMAIN_NAMES)('%s has the documents that it should have', async (name) => {
    const { train, validation, test } = await loadDomain(name);
    expect([train, validation, test].map(({ length }) => length)).toEqual(DOCUMENTS[name]);
    expect(new Set([...train, ...test].map(({ label }) => label))).toEqual(new Set(name === 'movie' ? ['pos', 'neg'] : [undefined]));
  });

  it.each(END_TASK_NAMES)('%s has the examples and classes that it should have', async (name) => {
    const { train, test, classes } = await loadEndTask(name);
    expect([train.length, test.length, classes.length]).toEqual(EXAMPLES[name]);
  });

  it('reviews of products say which aspect they are asked about', async () => {
    const { train } = await loadEndTask('products');
    expect(train[1]).toEqual({ text: 'dvd player : it practically plays almost everything you give it .', label: 'positive' });
  });
});
