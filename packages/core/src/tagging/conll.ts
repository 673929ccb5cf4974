import { ContinualLearningError } from '../errors.js';
import { checkInteger, checkKnown } from '../options.js';
import { checkText } from './sentences.js';
import { isTag, type TaggedSentence, toIob2 } from './tags.js';

export interface ConllOptions {
  /** Where the text is from, for messages. Default 'text'. */
  readonly file?: string;
  /** Column of the word, from 0. Default 0. */
  readonly word?: number;
  /** Column of the tag, from 0; negative: from the end. Default −1, the last. */
  readonly tag?: number;
}

/**
 * Sentences from lines of columns, a line a word and an empty line after each sentence, as in the CoNLL shared tasks. Tags may be IOB1,
 * IOB2, BIOES or BILOU and come out as IOB2.
 *
 * A line with a tab is split at tabs, so that a word may hold blanks or be empty; any other at white space. Lines of white space alone end a
 * sentence; `-DOCSTART-` lines are left out, as are a byte order mark and carriage returns.
 *
 * @throws CL_DATA for a line without a word or a tag, CL_LABEL for a tag that is none, both with file and line.
 * @example parseConll('Ada\tB-PER\nLovelace\tI-PER\n\n') // [{ words: ['Ada', 'Lovelace'], tags: ['B-PER', 'I-PER'] }]
 */
export function parseConll(text: string, options: ConllOptions = {}): TaggedSentence[] {
  checkKnown('parseConll', options, ['file', 'word', 'tag']);
  const { file = 'text' } = options;
  const wordColumn = checkInteger('parseConll', 'word', options.word ?? 0, { min: 0 });
  const tagColumn = checkInteger('parseConll', 'tag', options.tag ?? -1);

  const sentences: TaggedSentence[] = [];
  let [words, tags]: [string[], string[]] = [[], []];
  const finish = () => {
    if (words.length > 0) sentences.push({ words, tags: toIob2(tags) });
    [words, tags] = [[], []];
  };
  const lines = checkText('parseConll', text)
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/);
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('-DOCSTART-')) {
      finish();
      continue;
    }
    const columns = line.includes('\t') ? line.split('\t') : line.trim().split(/\s+/);
    const [word, tag] = [columns[wordColumn], columns.at(tagColumn)?.trim()];
    const place = `${file}, line ${i + 1}`;
    if (word === undefined || tag === undefined || columns.length < 2) {
      const wanted = `a word in column ${wordColumn} and a tag in column ${tagColumn}`;
      const found = `${columns.length} column${columns.length === 1 ? '' : 's'}: '${line.slice(0, 60)}'`;
      throw new ContinualLearningError('CL_DATA', `${place}: a line must have ${wanted}, received ${found}.`);
    }
    checkTag(place, tag);
    words.push(word);
    tags.push(tag);
  }
  finish();
  return sentences;
}

/** Throws CL_LABEL for a tag that is of no scheme. */
export function checkTag(place: string, tag: unknown): asserts tag is string {
  if (typeof tag === 'string' && isTag(tag)) return;
  throw new ContinualLearningError(
    'CL_LABEL',
    `${place}: a tag must be O, or B-, I-, E-, S- (L-, U-) and a type, as in IOB1, IOB2, BIOES or BILOU; received ${JSON.stringify(tag)}.`,
  );
}
