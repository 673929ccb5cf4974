import { fc, test } from '@fast-check/vitest';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { voting } from '../src/index.js';
import { expectNear, gradientsOf, left, net, outputsOf, right, softmax, third, vote, winners } from './joined.js';

beforeAll(useCpu);

const logit = fc.integer({ min: -40, max: 40 }).map((value) => value / 10);
const member = fc.array(fc.tuple(logit, logit, logit), { minLength: 3, maxLength: 3 });
const members = fc.array(member, { minLength: 1, maxLength: 4 });

describe('voting', () => {
  test.prop([member, fc.integer({ min: 1, max: 4 }), fc.constantFrom('soft' as const, 'majority' as const)])(
    'of a member and its likes is that member',
    (one, count, rule) => {
      const scores = vote(
        Array.from({ length: count }, () => one),
        { rule },
      );
      expect(winners(scores)).toEqual(winners(one));
      if (rule === 'soft')
        expectNear(
          scores.map((row) => row.map(Math.exp)),
          one.map(softmax),
        );
    },
  );

  test.prop([members, fc.constantFrom('soft' as const, 'majority' as const)])(
    'does not depend on the order of the members',
    (all, rule) => {
      expectNear(vote(all, { rule }), vote([...all].reverse(), { rule }));
    },
  );

  test.prop([members, member, fc.constantFrom('soft' as const, 'majority' as const)])(
    'with weight 0 is without that member',
    (all, extra, rule) => {
      expect(vote([...all, extra], { rule, weights: [...all.map(() => 1), 0] })).toEqual(vote(all, { rule }));
    },
  );

  test.prop([members, fc.double({ min: 0.1, max: 9, noNaN: true })])('with equal weights is without weights', (all, weight) => {
    expectNear(vote(all, { rule: 'majority', weights: all.map(() => weight) }), vote(all, { rule: 'majority' }));
  });

  test.prop([fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 5 })])(
    'of members that are certain is the same soft and by majority',
    (choices) => {
      const certain = choices.map((rows) => rows.map((choice) => [0, 1, 2].map((c) => (c === choice ? 0 : -200))));
      expect(winners(vote(certain, { rule: 'soft' }))).toEqual(winners(vote(certain, { rule: 'majority' })));
    },
  );

  it('soft is the mean of the probabilities, not of the logits', () => {
    // Probabilities of class 1: 0.5 and 0.9, mean 0.7; the mean of the logits ln 1 and ln 9 would give 0.75.
    const [row] = vote([[[0, 0]], [[0, Math.log(9)]]]);
    expect(Math.exp(row![1]!)).toBeCloseTo(0.7, 5);
  });

  it('by majority goes by votes first, then by the mean probability, then by the smaller number', () => {
    const p = (...values: number[]) => [values.map(Math.log)];
    // Two votes for 0, narrowly, against one for 2 that is certain: soft, 2 wins.
    const narrow = [p(0.5, 0.1, 0.4), p(0.5, 0.1, 0.4), p(0.01, 0.01, 0.98)];
    expect([winners(vote(narrow, { rule: 'majority' })), winners(vote(narrow))]).toEqual([[0], [2]]);
    // A vote each: the surer one.
    expect(winners(vote([p(0.6, 0.3, 0.1), p(0.1, 0.8, 0.1)], { rule: 'majority' }))).toEqual([1]);
    // Class 2 is likelier on the whole than either, but leads nowhere.
    expect(winners(vote([p(0.51, 0.01, 0.48), p(0.01, 0.51, 0.48)], { rule: 'majority' }))).toEqual([0]);
    // Weights 2 against 1.
    expect(winners(vote([p(0.6, 0.3, 0.1), p(0.1, 0.8, 0.1)], { rule: 'majority', weights: [2, 1] }))).toEqual([0]);
    // As much in another order: 0.1 + 0.2 against 0.3, which floats tell apart.
    expect(winners(vote([p(0.5, 0.4, 0.1), p(0.5, 0.4, 0.1), p(0.1, 0.8, 0.1)], { rule: 'majority', weights: [0.1, 0.2, 0.3] }))).toEqual([
      1,
    ]);
  });

  it('by majority trains as soft, since a vote has no gradient', () => {
    const all = [left, right, third];
    const [hard, soft] = [voting(all, { rule: 'majority' }), voting(all)];
    expect(outputsOf(hard, undefined, { training: true })).toEqual(outputsOf(soft));
    expect(outputsOf(hard)).not.toEqual(outputsOf(soft));
    expect(Object.values(gradientsOf(soft)).every((norm) => norm > 0)).toBe(true);
  });

  it.each([
    [{ weights: [1] }, /one for each of the 2 models/],
    [{ weights: [0, 0] }, /not all 0/],
    [{ weights: [1, -1] }, /weights/],
    [{ rule: 'loud' }, /rule/],
  ])('refuses %o', (options, message) => {
    expect(() => voting([left, right], options as never)).toThrow(message);
  });

  it('refuses members that know other numbers of classes, and nobody', () => {
    expect(() => voting([left, net('odd', { outputs: 4 })])).toThrow('Voters must know the same classes');
    expect(() => voting([])).toThrow('received no models');
  });
});
