import { expect } from 'vitest';
import { ContinualLearningError } from '../../errors.js';
import { type Composition, compose } from '../../strategy/compose.js';
import type { AnyStrategy } from '../../strategy/conflicts.js';
import { neutral } from '../neutral.js';
import { learnAll, learnerOptions, streamOf, valuesOf, withLearner } from '../subject.js';
import type { Law } from './law.js';

/** For strategies that are known at run time only. */
export const composed = (...strategies: readonly AnyStrategy[]): AnyStrategy =>
  compose(...(strategies as readonly never[])) as unknown as AnyStrategy;

/** With neutral strategies behind it or, where it must have the last word on a step, before it. */
export function withNeutral(strategy: AnyStrategy, ...neutrals: readonly AnyStrategy[]): AnyStrategy {
  try {
    return composed(strategy, ...neutrals);
  } catch (error) {
    if (!ContinualLearningError.is(error, 'CL_CONFLICT')) throw error;
    return composed(...neutrals, strategy);
  }
}

export const composes: Law = {
  name: 'composes: nothing added changes nothing, brackets do not matter, and it can be there only once',
  async check(subject, straight) {
    const { create } = subject;
    const names = (strategy: AnyStrategy) => (strategy as Composition).parts.map((part) => part.name);
    const own = names(composed(create()));
    expect(names(composed(create(), compose()))).toEqual(own);
    expect(names(composed(compose(), create()))).toEqual(own);
    const nested = withNeutral(withNeutral(create(), neutral('one')), neutral('two'));
    expect(names(nested).sort()).toEqual(names(withNeutral(create(), composed(neutral('one'), neutral('two')))).sort());
    if (own.length > 0) expect(() => composed(create(), create())).toThrow(/appears twice/);

    const stream = streamOf(subject);
    const values = await withLearner(learnerOptions(subject, stream, { strategy: nested }), async (learner) => {
      await learnAll(learner, stream.tasks, subject.learn);
      return valuesOf(learner);
    });
    expect(values, 'parameters with two neutral strategies beside it').toEqual((await straight()).values);
  },
};
