import { type AnyStrategy, ContinualLearningError, compose } from '@cl/core';
import { defaultsFor } from '../../src/strategies/defaults.js';
import { makeStrategy, type StrategyName, strategyNames } from '../../src/strategies/make.js';

/** Two strategies, and whether they can be composed. */
export interface Pair {
  /** In an order that works, if one does: 'a+b' can be run. */
  readonly names: readonly [StrategyName, StrategyName];
  /** `any`: both orders work. `this`: only that of `names`. `none`: they cannot be composed. */
  readonly order: 'any' | 'this' | 'none';
  /** What is wrong with the other order, or with both. Null where there is nothing. */
  readonly why: string | null;
}

/** Each two of all strategies, in the order of `strategyNames`. */
export function allPairs(): readonly Pair[] {
  return strategyNames.flatMap((first, i) => strategyNames.slice(i + 1).map((second) => pairOf(first, second)));
}

function pairOf(first: StrategyName, second: StrategyName): Pair {
  const [here, there] = [conflictOf(first, second), conflictOf(second, first)];
  if (here === null) return { names: [first, second], order: there === null ? 'any' : 'this', why: there };
  if (there === null) return { names: [second, first], order: 'this', why: here };
  return { names: [first, second], order: 'none', why: here };
}

/** What `compose` has against strategies in this order, or null. */
export function conflictOf(...names: readonly StrategyName[]): string | null {
  const parts = names.map((name) => withDefaults(name));
  try {
    compose(...(parts as []));
    return null;
  } catch (error) {
    if (ContinualLearningError.is(error, 'CL_CONFLICT')) return error.message;
    throw error;
  }
}

const withDefaults = (name: StrategyName): AnyStrategy => {
  const { options } = defaultsFor(name, { benchmark: '', scenario: 'task', tasks: 2, batchSize: 8 });
  return makeStrategy({ strategy: name, options: { [name]: options } }).parts[0]!;
};
