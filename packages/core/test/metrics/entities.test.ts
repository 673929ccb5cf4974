import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { backwardInterference, entitiesOf, entityScores, forgettingOfTypes, retention } from '../../src/index.js';
import { refused } from '../learner/support.js';

describe('entityScores', () => {
  const truth = [['B-PER', 'I-PER', 'O', 'B-LOC']];

  it('counts an entity only whole and with its type', () => {
    const { perType } = entityScores(truth, [['B-PER', 'O', 'O', 'B-PER']]);
    expect(perType).toEqual({ LOC: { precision: 0, recall: 0, f1: 0, support: 1 }, PER: { precision: 0, recall: 0, f1: 0, support: 1 } });
  });

  it('has a stray I- count as nothing, or as a beginning', () => {
    const predicted = [['I-PER', 'I-PER', 'O', 'B-LOC']];
    expect(entityScores(truth, predicted).perType.PER!.f1).toBe(0);
    expect(entityScores(truth, predicted, { mode: 'conlleval' }).perType.PER!.f1).toBe(1);
  });

  it('scores the types that are asked for, those that do not occur as 0', () => {
    const scores = entityScores(truth, truth, { types: ['PER', 'ORG'] });
    expect(scores.perType).toEqual({
      PER: { precision: 1, recall: 1, f1: 1, support: 1 },
      ORG: { precision: 0, recall: 0, f1: 0, support: 0 },
    });
    expect(scores.macro.f1).toBe(0.5);
    expect(scores.micro.f1).toBe(1);
  });

  it('refuses sentences that do not belong together', async () => {
    expect(await refused(() => entityScores(truth, []))).toMatch(/^CL_SHAPE .*1 sentences are there and 0 predicted/);
    expect(await refused(() => entityScores(truth, [['O']]))).toMatch(/^CL_SHAPE .*sentence 0 has 4 tags and 1 predicted/);
    expect(await refused(() => entityScores(truth, truth, { mode: 'lenient' as 'strict' }))).toMatch(/^CL_OPTION .*'strict', 'conlleval'/);
    expect(await refused(() => entityScores(truth, truth, { type: ['PER'] } as object))).toMatch(/^CL_OPTION .*Did you mean 'types'/);
  });

  const tag = fc.constantFrom('O', 'B-A', 'I-A', 'B-B', 'I-B');
  test.prop([fc.array(tag)])('finds itself in itself', (tags) => {
    for (const mode of ['strict', 'conlleval'] as const) {
      const { micro } = entityScores([tags], [tags], { mode });
      const count = entitiesOf(tags, mode).length;
      expect(micro).toEqual({ precision: Number(count > 0), recall: Number(count > 0), f1: Number(count > 0), support: count });
    }
  });

  test.prop([fc.array(tag)])('entities do not overlap, and the strict ones all begin with B-', (tags) => {
    let last = 0;
    for (const { start, end } of entitiesOf(tags)) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(tags[start]).toMatch(/^B-/);
      expect(tags.slice(start + 1, end).every((each) => each.startsWith('I-'))).toBe(true);
      last = end;
    }
  });
});

describe('over steps', () => {
  const history = [{ PER: 0.8 }, { PER: 0.9, LOC: 0.5 }, { PER: 0.6, LOC: 0.7, ORG: 0.4 }];

  it('backward interference: the last F1 less the first, of all types but the newest', () => {
    // PER 0.6 − 0.8, LOC 0.7 − 0.5
    expectClose(backwardInterference(history), { perType: { PER: -0.2, LOC: 0.2 }, mean: 0 }, { abs: 1e-12, rel: 0 });
  });

  it('forgetting: the best F1 so far less the last', () => {
    // PER 0.9 − 0.6, LOC 0.5 − 0.7
    expectClose(forgettingOfTypes(history), { perType: { PER: 0.3, LOC: -0.2 }, mean: 0.05 }, { abs: 1e-12, rel: 0 });
  });

  it('retention: the mean change a step', () => {
    expectClose(retention(history), { perType: { PER: -0.1, LOC: 0.2 }, mean: 0.05 }, { abs: 1e-12, rel: 0 });
  });

  it('is NaN where there was one step', () => {
    expect(backwardInterference([{ PER: 1 }])).toEqual({ perType: {}, mean: NaN });
  });

  it('refuses a gap', async () => {
    expect(await refused(() => retention([{ PER: 1 }, { LOC: 1 }]))).toMatch(/^CL_DATA retention\(\): .*'PER' after step 1/);
  });
});
