import { ContinualLearningError, checkKnown, checkTag, type TaggedSentence, toIob2 } from '@cl/core';
import { CsvError, parse } from 'csv-parse/sync';

export interface CsvOptions {
  /** Where the text is from, for messages. Default 'text'. */
  readonly file?: string;
  /** Names of the columns. Default 'sentence', 'word' and 'tag'. */
  readonly columns?: { readonly sentence?: string; readonly word?: string; readonly tag?: string };
  /** Default ','. */
  readonly delimiter?: string;
}

/**
 * Sentences from CSV with a header and a row a word (RFC 4180). A sentence goes on as long as its column says the same, or nothing. Tags come
 * out as IOB2.
 *
 * @throws CL_DATA for text that is no CSV or lacks a column, CL_LABEL for a tag that is none, with file and line.
 */
export function parseTaggedCsv(text: string, options: CsvOptions = {}): TaggedSentence[] {
  checkKnown('parseTaggedCsv', options, ['file', 'columns', 'delimiter']);
  const { file = 'text', delimiter = ',' } = options;
  const { sentence = 'sentence', word = 'word', tag = 'tag' } = options.columns ?? {};
  const sentences: { words: string[]; tags: string[] }[] = [];
  let current: string | undefined;
  for (const { record, info } of rowsOf(text, delimiter, file)) {
    const place = `${file}, line ${info.lines}`;
    const absent = [sentence, word, tag].find((column) => record[column] === undefined);
    if (absent !== undefined) {
      throw new ContinualLearningError(
        'CL_DATA',
        `${place}: there is no column '${absent}'. There are: ${Object.keys(record).join(', ')}.`,
      );
    }
    const name = record[sentence]!;
    if (sentences.length === 0 || (name !== '' && name !== current)) {
      sentences.push({ words: [], tags: [] });
      current = name;
    }
    checkTag(place, record[tag]);
    sentences.at(-1)!.words.push(record[word]!);
    sentences.at(-1)!.tags.push(record[tag]!);
  }
  return sentences.map(({ words, tags }) => ({ words, tags: toIob2(tags) }));
}

interface Row {
  readonly record: { readonly [column: string]: string };
  readonly info: { readonly lines: number };
}

function rowsOf(text: string, delimiter: string, file: string): Row[] {
  try {
    return parse(text, { columns: true, delimiter, bom: true, skip_empty_lines: true, info: true }) as unknown as Row[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new ContinualLearningError('CL_DATA', `${file}: is no CSV: ${cause.message}.`, { cause });
  }
}
