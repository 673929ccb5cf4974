import MiniSearch from 'minisearch';
import { withText } from './turns.js';

/** Sentences that are put before a question, at most. */
const MOST = 2;

/**
 * Nothing is learned: a text is searched for what a question is about, and the sentences found are put before it. Ranked by BM25+ (Lv & Zhai,
 * "Lower-bounding term frequency normalization", CIKM 2011). A question that names somebody gets sentences with that name, or none.
 */
export function lookUp(texts: readonly string[]): (question: string) => string {
  const sentences = [...new Set(texts.flatMap((text) => text.split(/(?<=[.!?])\s+/)))].map((text, id) => ({ id, text }));
  const index = new MiniSearch<{ id: number; text: string }>({ fields: ['text'], storeFields: ['text'] });
  index.addAll(sentences);
  return (question) => {
    const names = question.match(/(?<=\s)[A-Z][a-z]+/g) ?? [];
    const found = index.search(question, { combineWith: 'OR' }).map(({ text }) => text as string);
    const about = found.filter((text) => names.length > 0 && names.every((name) => text.includes(name)));
    return about.length > 0 ? withText(about.slice(0, MOST).join(' '), question) : question;
  };
}
