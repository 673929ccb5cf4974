import type { Claim } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { type StrategyName, strategyNames } from '../../src/strategies/make.js';
import { owners } from './owners.js';
import { allPairs, conflictOf } from './verdicts.js';

const claimsOf = (name: StrategyName): readonly Claim[] =>
  (Object.keys(owners) as Claim[]).filter((claim) => (owners[claim] as readonly string[]).includes(name));
const oppositeOf = (claim: Claim): Claim => (claim === 'layers' ? 'parameters' : claim === 'parameters' ? 'layers' : claim);
const clashing = (first: StrategyName, second: StrategyName): readonly Claim[] =>
  claimsOf(second).filter((claim) => claimsOf(first).map(oppositeOf).includes(claim));

describe('each two of all strategies', () => {
  const pairs = allPairs();

  it('are there once', () => {
    const n = strategyNames.length;
    expect(pairs).toHaveLength((n * (n - 1)) / 2);
    expect(new Set(pairs.map(({ names }) => [...names].sort().join('+'))).size).toBe(pairs.length);
  });

  it('are refused in both orders where their claims clash, with what clashes and what to do, and nowhere else', () => {
    for (const { names, order } of pairs) {
      const [a, b] = names;
      expect(order === 'none', `${a}+${b} is refused`).toBe(clashing(a, b).length > 0);
      if (order !== 'none') continue;
      for (const [first, second] of [
        [a, b],
        [b, a],
      ] as const) {
        const message = conflictOf(first, second)!;
        const claims = clashing(first, second);
        expect(
          claims.some((claim) => message.startsWith(`compose(): '${second}' `) && message.includes(`claims '${claim}'`)),
          message,
        ).toBe(true);
        expect(message).toContain(`'${first}'`);
        expect(message).toMatch(/drop one of them\.$/);
      }
    }
  });

  it('are refused in one order where one changes a step that the other has made a promise about, with the order that works', () => {
    for (const { names, order, why } of pairs) {
      const [a, b] = names;
      if (order !== 'none') expect(conflictOf(a, b)).toBeNull();
      if (order === 'this') expect(why).toMatch(new RegExp(`Put '${b}' after '${a}'\\.$`));
      if (order === 'any') expect(conflictOf(b, a)).toBeNull();
    }
    expect(pairs.filter(({ order }) => order === 'this').length).toBeGreaterThan(0);
  });

  it('are refused where they are the same', () => {
    for (const name of strategyNames) expect(conflictOf(name, name)).toContain(`'${name}' appears twice`);
  });
});
