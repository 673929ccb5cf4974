import { checkOneOf } from '@cl/core';
import { DOMAIN_FILES } from './domain-files.js';
import { DOMAIN_NAMES, type DomainName } from './domain-names.js';
import { type JsonLine, readJsonLines, textIn } from './json-lines.js';
import type { DataOptions } from './locate.js';
import type { DataFile, DataSource } from './sets.js';

export interface DomainDocument {
  readonly text: string;
  /** What a document is, where its corpus says so: 'pos' or 'neg' of a film review. */
  readonly label?: string;
}

/** A corpus in three parts. */
export interface Domain {
  readonly name: DomainName;
  readonly title: string;
  readonly train: readonly DomainDocument[];
  readonly validation: readonly DomainDocument[];
  readonly test: readonly DomainDocument[];
}

const DOMAIN_TITLES: { readonly [name in DomainName]: string } = {
  wiki: 'Wikipedia (WikiText-2)',
  legal: 'US Code',
  biomed: 'medical abstracts (PubMedQA)',
  movie: 'film reviews',
  products: 'product reviews',
  code: 'programs (MBPP, HumanEval-X)',
  speeches: 'State of the Union addresses',
  shakespeare: 'Shakespeare',
};

const DOMAINS: DataSource = {
  name: 'domains',
  title: 'Eight text domains',
  licence: 'public domain, CC BY 4.0, CC BY-SA 3.0, MIT or Apache-2.0 by domain',
  origins: [],
  recipe:
    'Each domain is three files of JSON lines with a document in `text`, made of WikiText-2, the US Code, PubMedQA, the reviews of B. Pang & L. Lee and of M. Hu & B. Liu, MBPP and HumanEval-X, and the State of the Union addresses',
};

/**
 * A corpus from the folder `data` or CL_DATA, its checksums checked.
 *
 * @throws CL_OPTION for a domain that there is not, CL_DATA if files are missing, damaged or empty.
 * @example const { train } = await loadDomain('legal', { data: '/srv/data' });
 */
export async function loadDomain(name: DomainName, options: DataOptions = {}): Promise<Domain> {
  checkOneOf('loadDomain', 'name', name, DOMAIN_NAMES);
  const read = async (file: DataFile) => (await readJsonLines(DOMAINS, file, options)).map((line) => documentOf(line, file.name));
  const { train, validation, test } = DOMAIN_FILES[name];
  return { name, title: DOMAIN_TITLES[name], train: await read(train), validation: await read(validation), test: await read(test) };
}

const documentOf = (line: JsonLine, what: string): DomainDocument => ({
  text: textIn(line, 'text', what),
  ...(typeof line.label === 'string' && { label: line.label }),
});
