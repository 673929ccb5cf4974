import type { Claim } from '@cl/core';
import { describe, expectTypeOf, it } from 'vitest';
import type { Check } from '../../../../packages/core/src/strategy/conflicts.js';
import type { StrategyName, StrategyTypes } from '../../src/strategies/make.js';
import type { owners } from './owners.js';

/** Whether the compiler takes two strategies in this order: what it refuses, it replaces by a sentence. */
type ByCompiler<First extends StrategyName, Second extends StrategyName> = Check<
  readonly [StrategyTypes[First], StrategyTypes[Second]]
>[1] extends string
  ? 'refused'
  : 'taken';

/** Whether two strategies go together by the list of owners, as `conflicts.test.ts` has it of `compose` at run time. */
type ByOwners<First extends StrategyName, Second extends StrategyName> = First extends Second
  ? 'refused'
  : [ClaimsOf<First> & OppositesOf<Second>] extends [never]
    ? 'taken'
    : 'refused';
type ClaimsOf<Name> = { [C in Claim]: Name extends (typeof owners)[C][number] ? C : never }[Claim];
type OppositesOf<Name> = { [C in Claim]: C extends 'layers' ? 'parameters' : C extends 'parameters' ? 'layers' : C }[ClaimsOf<Name>];

type Compiled = { [First in StrategyName]: { [Second in StrategyName]: ByCompiler<First, Second> } };
type Listed = { [First in StrategyName]: { [Second in StrategyName]: ByOwners<First, Second> } };

/** Its name is known at run time only, and the compiler does not refuse it twice. */
type Known = Exclude<StrategyName, 'generative'>;

describe('each two of all strategies, in both orders', () => {
  it('are refused by the compiler exactly where compose() refuses them for good', () => {
    expectTypeOf<Pick<Compiled, Known>>().toEqualTypeOf<Pick<Listed, Known>>();
    expectTypeOf<Omit<Compiled['generative'], 'generative'>>().toEqualTypeOf<Omit<Listed['generative'], 'generative'>>();
  });
});
