import { ContinualLearningError, column, type Dataset, dataset, NO_TARGET, type Random, random } from '@cl/core';
import { type Codec, END, type Exchange, PADDING, prompt, reply } from './turns.js';

/** Tokens in rows of one length, with what is to be predicted. */
export interface TokenRows {
  readonly length: number;
  /** [count, length] */
  readonly ids: Int32Array;
  /** The ids, or −100 where nothing is learned, [count, length]. */
  readonly targets: Int32Array;
}

export const countOf = ({ ids, length }: TokenRows): number => ids.length / length;

/** Running text as rows without a gap: each text ends with its token, and what is left at the end is dropped. */
export function packedTexts(texts: readonly string[], tokenizer: Codec, length: number): TokenRows {
  const stream = texts.flatMap((text) => tokenizer.encode(` ${text}${END}`));
  const ids = Int32Array.from(stream.slice(0, Math.floor(stream.length / length) * length));
  return { length, ids, targets: ids };
}

/**
 * Exchanges as rows, whole ones one after another, as many as fit; only answers are learned.
 *
 * @throws CL_DATA for an exchange that is longer than a row.
 */
export function packedExchanges(exchanges: readonly Exchange[], tokenizer: Codec, length: number): TokenRows {
  const padding = tokenizer.encode(PADDING)[0]!;
  const rows: { ids: number[]; targets: number[] }[] = [];
  for (const { question, answer } of exchanges) {
    const [asked, answered] = [tokenizer.encode(prompt(question)), tokenizer.encode(reply(answer))];
    const size = asked.length + answered.length;
    if (size > length) throw tooLong(question, size, length);
    const last = rows.at(-1);
    const row = last && last.ids.length + size <= length ? last : { ids: [], targets: [] };
    if (row !== last) rows.push(row);
    row.ids.push(...asked, ...answered);
    row.targets.push(...asked.map(() => NO_TARGET), ...answered);
  }
  const filled = (values: readonly number[], rest: number) => [...values, ...Array<number>(length - values.length).fill(rest)];
  return {
    length,
    ids: Int32Array.from(rows.flatMap(({ ids }) => filled(ids, padding))),
    targets: Int32Array.from(rows.flatMap(({ targets }) => filled(targets, NO_TARGET))),
  };
}

const tooLong = (question: string, size: number, length: number) =>
  new ContinualLearningError('CL_DATA', `'${question}' and its answer have ${size} tokens, and a row ${length}.`);

/** Where rows of a mixture come from. */
export interface Source {
  readonly rows: TokenRows;
  /** Part of the mixture, in proportion to those of the others. */
  readonly share: number;
}

/**
 * So many rows of several sources, spread evenly: any stretch of the mixture has the shares, to a row. Each source is gone through in a
 * random order, over again when it is used up.
 *
 * @throws CL_DATA for a source without rows.
 */
export function mixed(sources: readonly Source[], count: number, seed: number): TokenRows {
  const [first] = sources as readonly [Source, ...Source[]];
  const { length } = first.rows;
  const total = sources.reduce((sum, { share }) => sum + share, 0);
  const readers = sources.map(({ rows }, i) => reader(rows, random(seed, 'mixture', i)));
  const [ids, targets] = [new Int32Array(count * length), new Int32Array(count * length)];
  const taken = sources.map(() => 0);
  for (let row = 0; row < count; row++) {
    // The source that lags most behind its share.
    const lag = sources.map(({ share }, i) => ((row + 1) * share) / total - taken[i]!);
    const next = lag.indexOf(Math.max(...lag));
    taken[next]!++;
    const { rows } = sources[next]!;
    const from = readers[next]!() * length;
    ids.set(rows.ids.subarray(from, from + length), row * length);
    targets.set(rows.targets.subarray(from, from + length), row * length);
  }
  return { length, ids, targets };
}

/** Numbers of rows, each once in a round. */
function reader(rows: TokenRows, draws: Random): () => number {
  const count = countOf(rows);
  if (count === 0) throw new ContinualLearningError('CL_DATA', `A text of this mixture is shorter than a row of ${rows.length} tokens.`);
  let [order, at] = [draws.permutation(count), 0];
  return () => {
    if (at === count) [order, at] = [draws.permutation(count), 0];
    return order[at++]!;
  };
}

/** Rows as a learner takes them. Padding is at the end, and no token looks ahead, so that no mask is needed. */
export function datasetOf({ length, ids, targets }: TokenRows): Dataset {
  const mask = new Int32Array(ids.length).fill(1);
  return dataset({ ids: column(ids, [length]), mask: column(mask, [length]) }, column(targets, [length]));
}
