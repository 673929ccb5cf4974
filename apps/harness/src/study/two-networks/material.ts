import { random } from '@cl/core';
import { type ByteLevelBpe, trainByteLevelBpe } from '@cl/models';
import { makeInstructions } from './instructions.js';
import { makePeople, type Person, textsAbout, textsThatRepeat } from './people.js';
import { packedExchanges, packedTexts, type TokenRows } from './rows.js';
import { type Exchange, prompt, reply, SPECIAL } from './turns.js';

/** Texts of one kind, to learn from and to test on. */
export interface Corpus {
  readonly train: readonly string[];
  readonly test: readonly string[];
}

export interface MaterialOptions {
  readonly general: Corpus;
  readonly domain: Corpus;
  readonly people: { readonly taught: number; readonly old: number; readonly new: number };
  readonly instructions: number;
  readonly vocabulary: number;
  readonly sequence: number;
  readonly seed: number;
}

/** All that is read, asked and answered in a trial. */
export interface Material {
  readonly tokenizer: ByteLevelBpe;
  readonly people: {
    /** Known from the beginning, and asked about in the instructions. */
    readonly taught: readonly Person[];
    /** Known from the beginning, and asked about in tests alone. */
    readonly old: readonly Person[];
    /** In the text that comes later. */
    readonly new: readonly Person[];
  };
  readonly rows: {
    readonly general: TokenRows;
    readonly oldFacts: TokenRows;
    readonly newFacts: TokenRows;
    readonly domain: TokenRows;
    readonly instructions: TokenRows;
    readonly generalTest: TokenRows;
    readonly domainTest: TokenRows;
  };
  readonly instructions: readonly Exchange[];
  /** Some of what is old, as texts: general ones, and about people. */
  readonly oldTexts: readonly string[];
  /** What is new, as texts: of the domain, and about new people. */
  readonly newTexts: readonly string[];
}

/** Texts in which each person is spoken of; of each so many, in other words each time. */
const TEXTS_EACH = 60;
/** People of whom nothing is known for good. */
const STRANGERS = 30;
/** Of the texts about people, so many for each of theirs are about strangers. */
const REPEATING = 0.25;

/** Rows to test on, at most. */
const TESTED = 128;

export function materialOf({
  general,
  domain,
  people: counts,
  instructions: count,
  vocabulary,
  sequence,
  seed,
}: MaterialOptions): Material {
  const all = makePeople(counts.taught + counts.old + counts.new + STRANGERS, seed);
  const taught = all.slice(0, counts.taught);
  const old = all.slice(counts.taught, counts.taught + counts.old);
  const fresh = all.slice(counts.taught + counts.old, -STRANGERS);
  const instructions = makeInstructions({ people: taught, strangers: all.slice(-STRANGERS), count, seed });
  const facts = textsAbout([...taught, ...old], TEXTS_EACH, seed);
  const repeating = textsThatRepeat(all.slice(-STRANGERS), Math.round(REPEATING * facts.length), seed);
  const oldTexts = shuffled([...facts, ...repeating], seed);
  // Of what is known at the beginning: the new names and the new domain have to do with the tokens there are.
  const known = [...general.train, ...oldTexts, ...instructions.map(({ question, answer }) => prompt(question) + reply(answer))];
  const newFacts = textsAbout(fresh, TEXTS_EACH, seed + 1);
  const tokenizer = trainByteLevelBpe(known, { vocabulary, special: SPECIAL });
  const pack = (texts: readonly string[]) => packedTexts(texts, tokenizer, sequence);
  const tested = (texts: readonly string[]) => firstRows(pack(texts), TESTED);
  return {
    tokenizer,
    people: { taught, old, new: fresh },
    rows: {
      general: pack(general.train),
      oldFacts: pack(oldTexts),
      newFacts: pack(newFacts),
      domain: pack(domain.train),
      instructions: packedExchanges(shuffled(instructions, seed), tokenizer, sequence),
      generalTest: tested(general.test),
      domainTest: tested(domain.test),
    },
    instructions,
    oldTexts: [...oldTexts.slice(0, 100), ...general.train],
    newTexts: [...domain.train, ...newFacts],
  };
}

const firstRows = ({ length, ids, targets }: TokenRows, count: number): TokenRows => ({
  length,
  ids: ids.subarray(0, count * length),
  targets: targets.subarray(0, count * length),
});

const shuffled = <T>(items: readonly T[], seed: number): readonly T[] =>
  [...random(seed, 'shuffled').permutation(items.length)].map((i) => items[i]!);
