import { ContinualLearningError } from '../errors.js';
import { checkHas, optionError, show } from '../options.js';
import type { SentenceEncoder } from './encode.js';
import type { TaggedSentence } from './tags.js';

const isWords = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((word) => typeof word === 'string');

/** Throws CL_OPTION or CL_DATA for what are no sentences with a tag for each word, CL_LABEL for a tag that is not of IOB2: its entity would be lost. */
export function checkSentences(who: string, what: string, sentences: readonly TaggedSentence[]): void {
  if (!Array.isArray(sentences)) throw optionError(who, what, sentences, 'a list of sentences, { words, tags } each');
  for (const [i, sentence] of (sentences as readonly TaggedSentence[]).entries()) {
    const place = `${who}(): sentence ${i} of ${what}`;
    const { words, tags } = sentence ?? {};
    if (!isWords(words) || !Array.isArray(tags) || words.length !== tags.length) {
      throw new ContinualLearningError('CL_DATA', `${place} must have a list of words and a tag for each, received ${show(sentence)}.`);
    }
    const odd = tags.findIndex((tag: unknown) => !(typeof tag === 'string' && /^(O|[BI]-.+)$/.test(tag)));
    if (odd < 0) continue;
    const message = `${place} has the tag ${show(tags[odd])}; tags must be of IOB2: O, or B- or I- and a type. Make them so with toIob2().`;
    throw new ContinualLearningError('CL_LABEL', message);
  }
}

/** Throws CL_DATA for sentences that are no lists of words. */
export function checkWords(who: string, sentences: readonly (readonly string[])[]): void {
  if (Array.isArray(sentences) && sentences.every(isWords)) return;
  throw new ContinualLearningError(
    'CL_DATA',
    `${who}(): sentences must be lists of words, [['Ada', 'slept']], received ${show(sentences)}.`,
  );
}

/** Throws CL_OPTION for what makes no rows of sentences. */
export const checkEncoder = (who: string, encoder: SentenceEncoder): void =>
  checkHas(who, 'encoder', encoder, ['encode', 'length'], 'an encoder of sentences, as hashedWords() and wordPieces() make');

/** The text. Throws CL_DATA for anything else, such as the bytes of a file. */
export function checkText(who: string, text: string): string {
  if (typeof text === 'string') return text;
  throw new ContinualLearningError('CL_DATA', `${who}(): expected a text, received ${show(text)}. Read the file as 'utf8'.`);
}
