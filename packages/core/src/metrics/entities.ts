import { ContinualLearningError } from '../errors.js';
import { checkKnown, checkOneOf } from '../options.js';
import { type EntityMode, entitiesOf } from '../tagging/tags.js';
import { mean } from './matrix.js';

export interface EntityScore {
  /** Of the entities that were predicted, the share that is right; 0 where there is none. */
  readonly precision: number;
  /** Of the entities that are there, the share that was found; 0 where there is none. */
  readonly recall: number;
  /** Their harmonic mean; 0 where both are. */
  readonly f1: number;
  /** Entities that are there. */
  readonly support: number;
}

export interface EntityScores {
  readonly perType: { readonly [type: string]: EntityScore };
  /** All entities in one pot. */
  readonly micro: EntityScore;
  /** The mean over types. */
  readonly macro: EntityScore;
  /** The mean over types, each weighing as much as it has entities. */
  readonly weighted: EntityScore;
}

export interface EntityScoreOptions {
  /** What an `I-X` without a beginning is. Default 'strict': nothing. */
  readonly mode?: EntityMode;
  /** Types to score. Default: those that occur, in truth or prediction. */
  readonly types?: readonly string[];
}

/**
 * How well entities were found. One counts as found where its type, its first and its last word are right.
 *
 * Numbers are those of seqeval (Nakayama, 2018), `strict` with its scheme IOB2, `conlleval` as in its default mode.
 *
 * @param truth Tags of each sentence, IOB2; `predicted`: the same of the same sentences.
 * @throws CL_OPTION for an option that cannot be used, CL_SHAPE where sentences differ in number or length.
 * @example entityScores([['B-PER', 'I-PER', 'O']], [['B-PER', 'O', 'O']]).micro.f1 // 0
 */
export function entityScores(
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  options: EntityScoreOptions = {},
): EntityScores {
  checkKnown('entityScores', options, ['mode', 'types']);
  const { types } = options;
  const mode = checkOneOf('entityScores', 'mode', options.mode ?? 'strict', ['strict', 'conlleval']);
  if (truth.length !== predicted.length) {
    throw new ContinualLearningError('CL_SHAPE', `entityScores(): ${truth.length} sentences are there and ${predicted.length} predicted.`);
  }
  const counts = new Map<string, Counts>();
  const of = (type: string): Counts => {
    const known = counts.get(type) ?? { found: 0, predicted: 0, actual: 0 };
    counts.set(type, known);
    return known;
  };
  truth.forEach((tags, i) => {
    if (predicted[i]!.length !== tags.length) {
      const message = `entityScores(): sentence ${i} has ${tags.length} tags and ${predicted[i]!.length} predicted ones.`;
      throw new ContinualLearningError('CL_SHAPE', message);
    }
    const there = new Set<string>();
    for (const { type, start, end } of entitiesOf(tags, mode)) {
      of(type).actual++;
      there.add(`${start} ${end} ${type}`);
    }
    for (const { type, start, end } of entitiesOf(predicted[i]!, mode)) {
      of(type).predicted++;
      if (there.has(`${start} ${end} ${type}`)) of(type).found++;
    }
  });
  const scored = types ?? [...counts.keys()].sort();
  const perType = Object.fromEntries(scored.map((type) => [type, score(of(type))]));
  const scores = Object.values(perType);
  const support = scores.reduce((sum, each) => sum + each.support, 0);
  const average = (weight: (each: EntityScore) => number): EntityScore => {
    const total = (part: 'precision' | 'recall' | 'f1') => scores.reduce((sum, each) => sum + weight(each) * each[part], 0);
    return { precision: total('precision'), recall: total('recall'), f1: total('f1'), support };
  };
  const all = scored.map(of);
  return {
    perType,
    micro: score({ found: sum(all, 'found'), predicted: sum(all, 'predicted'), actual: sum(all, 'actual') }),
    macro: average(() => 1 / scores.length),
    weighted: average((each) => ratio(each.support, support)),
  };
}

type Counts = { found: number; predicted: number; actual: number };

const sum = (counts: readonly Counts[], part: keyof Counts): number => counts.reduce((total, each) => total + each[part], 0);
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function score({ found, predicted, actual }: Counts): EntityScore {
  return { precision: ratio(found, predicted), recall: ratio(found, actual), f1: ratio(2 * found, predicted + actual), support: actual };
}

/** F1 of each type that was seen, after each step. */
export type TypeHistory = readonly { readonly [type: string]: number }[];

/** A number for each type, and their mean; NaN where there is none. */
export interface PerType {
  readonly perType: { readonly [type: string]: number };
  readonly mean: number;
}

/**
 * What later steps did to each type: its F1 at the end less that right after it was learned, for all types but those of the last step.
 * Negative is forgetting.
 *
 * @param history A type is learned in the first step that names it.
 * @throws CL_DATA where a type that was seen is missing later.
 * @example backwardInterference([{ PER: 0.8 }, { PER: 0.6, LOC: 0.7 }]).perType // { PER: -0.2 }
 */
export function backwardInterference(history: TypeHistory): PerType {
  return ofEarlierTypes('backwardInterference', history, (scores) => scores.at(-1)! - scores[0]!);
}

/** How far each type has fallen from its best F1 before the last step, for all types but those of the last step; never below −1. */
export function forgettingOfTypes(history: TypeHistory): PerType {
  return ofEarlierTypes('forgettingOfTypes', history, (scores) => Math.max(...scores.slice(0, -1)) - scores.at(-1)!);
}

/** The mean change of each type's F1 from one step to the next, from when it was learned (Monaikul et al., 2021: retention). */
export function retention(history: TypeHistory): PerType {
  return ofEarlierTypes('retention', history, (scores) => (scores.at(-1)! - scores[0]!) / (scores.length - 1));
}

function ofEarlierTypes(metric: string, history: TypeHistory, f: (scores: readonly number[]) => number): PerType {
  const learnedAt = new Map<string, number>();
  history.forEach((scores, step) => {
    for (const type of Object.keys(scores)) if (!learnedAt.has(type)) learnedAt.set(type, step);
  });
  const earlier = [...learnedAt].filter(([, step]) => step < history.length - 1);
  const entries = earlier.map(([type, first]) => {
    const scores = history.slice(first).map((each, i) => {
      const value = each[type];
      if (value !== undefined) return value;
      throw new ContinualLearningError('CL_DATA', `${metric}(): needs the F1 of '${type}' after step ${first + i}, which is missing.`);
    });
    return [type, f(scores)] as const;
  });
  return { perType: Object.fromEntries(entries), mean: mean(entries.map(([, value]) => value)) };
}
