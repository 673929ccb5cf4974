import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  type ConllOptions,
  ContinualLearningError,
  checkKnown,
  checkOneOf,
  type JsonLinesOptions,
  parseConll,
  parseJsonLines,
  type TaggedSentence,
} from '@cl/core';
import { type CsvOptions, parseTaggedCsv } from './tagged-csv.js';

export interface ReadTaggedOptions {
  /** How the file is written. Default: by its name, `.jsonl`, `.ndjson` and `.csv`; all else is `conll`. A `.gz` after that is unpacked. */
  readonly format?: 'conll' | 'jsonl' | 'csv';
  readonly conll?: Omit<ConllOptions, 'file'>;
  readonly jsonl?: Omit<JsonLinesOptions, 'file'>;
  readonly csv?: Omit<CsvOptions, 'file'>;
}

const FORMATS = { '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.csv': 'csv' } as const;
const unpack = promisify(gunzip);

/**
 * Sentences with entities from a file: columns as in the CoNLL shared tasks, lines of JSON, or CSV, also compressed with gzip. Tags may be IOB1,
 * IOB2, BIOES or BILOU and come out as IOB2.
 *
 * @throws CL_DATA where the file cannot be read or a line is malformed, CL_LABEL for a tag that is none; with the file, and the line.
 * @example const train = await readTagged('data/train.conll');
 */
export async function readTagged(path: string, options: ReadTaggedOptions = {}): Promise<TaggedSentence[]> {
  checkKnown('readTagged', options, ['format', 'conll', 'jsonl', 'csv']);
  const name = path.replace(/\.gz$/, '');
  const byName = FORMATS[extname(name).toLowerCase() as keyof typeof FORMATS] ?? 'conll';
  const format = checkOneOf('readTagged', 'format', options.format ?? byName, ['conll', 'jsonl', 'csv']);
  const text = new TextDecoder().decode(await contentOf(path));
  const file = basename(path);
  switch (format) {
    case 'conll':
      return parseConll(text, { ...options.conll, file });
    case 'jsonl':
      return parseJsonLines(text, { ...options.jsonl, file });
    case 'csv':
      return parseTaggedCsv(text, { ...options.csv, file });
  }
}

async function contentOf(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    return path.endsWith('.gz') ? await unpack(bytes) : bytes;
  } catch (cause) {
    throw new ContinualLearningError('CL_DATA', `${path}: cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
