import type { SentenceEncoder } from './encode.js';
import type { TaggedSentence } from './tags.js';

/** Sentences of which each fits into a row: longer ones in parts, none of which begins inside of an entity, unless the entity fills a row. */
export function fittingSentences(sentences: readonly TaggedSentence[], encoder: SentenceEncoder): readonly TaggedSentence[] {
  return encoder.fitting ? sentences.flatMap((sentence) => partsOf(sentence, (words) => encoder.fitting!(words))) : sentences;
}

function partsOf({ words, tags }: TaggedSentence, fitting: (words: readonly string[]) => number): TaggedSentence[] {
  const parts: TaggedSentence[] = [];
  let start = 0;
  do {
    const most = start + Math.max(1, fitting(words.slice(start)));
    let end = Math.min(most, words.length);
    while (end > start && end < words.length && tags[end]!.startsWith('I-')) end--;
    if (end === start) end = most;
    parts.push({ words: words.slice(start, end), tags: tags.slice(start, end) });
    start = end;
  } while (start < words.length);
  return parts;
}
