import { ContinualLearningError } from '../errors.js';
import { checkKnown, show } from '../options.js';
import { checkTag } from './conll.js';
import { checkText } from './sentences.js';
import { type TaggedSentence, toIob2 } from './tags.js';

export interface JsonLinesOptions {
  /** Where the text is from, for messages. Default 'text'. */
  readonly file?: string;
  /** The field with the words. Default 'tokens'. */
  readonly words?: string;
  /** The field with the tags. Default 'tags'. */
  readonly tags?: string;
  /** Names of the tags where the field has numbers, as on the Hugging Face hub: ['O', 'B-PER', …]. */
  readonly tagNames?: readonly string[];
}

/**
 * Sentences from lines of JSON, an object a sentence. Tags come out as IOB2.
 *
 * @throws CL_DATA for what is no such object, CL_LABEL for a tag that is none, both with file and line.
 * @example parseJsonLines('{"tokens": ["Ada"], "tags": ["B-PER"]}') // [{ words: ['Ada'], tags: ['B-PER'] }]
 */
export function parseJsonLines(text: string, options: JsonLinesOptions = {}): TaggedSentence[] {
  checkKnown('parseJsonLines', options, ['file', 'words', 'tags', 'tagNames']);
  const { file = 'text', words: wordField = 'tokens', tags: tagField = 'tags', tagNames } = options;
  return checkText('parseJsonLines', text)
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, i) => {
      if (line.trim() === '') return [];
      const place = `${file}, line ${i + 1}`;
      const row = parsed(line, place) as { readonly [field: string]: unknown } | null;
      const [words, tags] = [row?.[wordField], row?.[tagField]];
      if (!Array.isArray(words) || !Array.isArray(tags) || !words.every((word) => typeof word === 'string')) {
        throw new ContinualLearningError(
          'CL_DATA',
          `${place}: must be an object with a list of words '${wordField}' and a list of tags '${tagField}', received ${show(row)}.`,
        );
      }
      if (words.length !== tags.length) {
        throw new ContinualLearningError(
          'CL_DATA',
          `${place}: there must be a tag for each word, received ${words.length} words and ${tags.length} tags.`,
        );
      }
      const names = tags.map((tag: unknown) => (typeof tag === 'number' && tagNames ? tagNames[tag] : tag));
      const checked = names.map((tag, k) => {
        checkTag(`${place}, tag ${k + 1}`, tag ?? tags[k]);
        return tag as string;
      });
      return [{ words: words as string[], tags: toIob2(checked) }];
    });
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ContinualLearningError('CL_DATA', `${place}: is no JSON: ${(cause as Error).message}.`, { cause });
  }
}
