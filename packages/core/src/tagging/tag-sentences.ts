import { column, dataset } from '../data.js';
import { inOrder } from '../learner/batches.js';
import type { Learner } from '../learner/learner.js';
import { checkHas, checkInteger, checkKnown } from '../options.js';
import type { SentenceEncoder } from './encode.js';
import { predictedIds } from './evaluate.js';
import { fittingSentences } from './fitting.js';
import { checkEncoder, checkWords } from './sentences.js';
import type { TaggedSentence, TagSet } from './tags.js';

export interface TagSentencesOptions {
  /** As the learner's stream has it. */
  readonly encoder: SentenceEncoder;
  readonly tags: TagSet;
  /** Rows a call. Default 64. */
  readonly batchSize?: number;
}

/**
 * Tags sentences that nobody has tagged, as the learner would now. Words that the encoder leaves out have no entity: `O`.
 *
 * @param sentences Words, a list a sentence.
 * @example tagSentences(learner, [['Ada', 'slept']], { encoder, tags: stream.tags }) // [{ words: ['Ada', 'slept'], tags: ['B-PER', 'O'] }]
 */
export function tagSentences(
  learner: Learner,
  sentences: readonly (readonly string[])[],
  options: TagSentencesOptions,
): readonly TaggedSentence[] {
  checkKnown('tagSentences', options, ['encoder', 'tags', 'batchSize']);
  const { encoder, tags } = options;
  checkWords('tagSentences', sentences);
  checkEncoder('tagSentences', encoder);
  checkHas('tagSentences', 'tags', tags, ['tags'], "a stream's tags, as tagSet() makes");
  const batchSize = checkInteger('tagSentences', 'batchSize', options.batchSize ?? 64, { min: 1 });
  const parts = sentences.map((words) => fittingSentences([{ words, tags: words.map(() => 'O') }], encoder).map((part) => part.words));
  const found = rowsOfTags(learner, parts.flat(), { encoder, tags, batchSize });
  let next = 0;
  return sentences.map((words, i) => ({ words, tags: parts[i]!.flatMap(() => found[next++]!) }));
}

function rowsOfTags(
  learner: Learner,
  rows: readonly (readonly string[])[],
  { encoder, tags, batchSize }: Required<TagSentencesOptions>,
): string[][] {
  if (rows.length === 0) return [];
  const { length } = encoder;
  const { x, positions } = encoder.encode(rows);
  const task = learner.progress.learned.at(-1) ?? learner.progress.current?.task;
  const ids = [...inOrder(dataset(x, column(new Int32Array(rows.length * length), [length])), batchSize, 0)].flatMap((batch) => [
    ...predictedIds(learner, batch, task),
  ]);
  return positions.map((places, row) => Array.from(places, (at) => (at < 0 ? 'O' : (tags.tags[ids[row * length + at]!] ?? 'O'))));
}
