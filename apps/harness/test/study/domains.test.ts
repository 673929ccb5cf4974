import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/run/backend.js';
import { scoresOf } from '../../src/study/domains/scores.js';
import { runStudy } from '../../src/study/run-study.js';
import { settingsWith } from '../../src/study/settings.js';
import { domains, outcomeOf } from '../../src/study/studies/domains.js';
import type { TrialResult } from '../../src/study/trial-files.js';
import { folderWith } from '../data/with-data.js';

describe('scores', () => {
  it('are those of scikit-learn', () => {
    // Class 0: 1 of 2 found, 1 of 2 answers right, F1 ½; class 1: 1 of 2, 1 of 1, F1 ⅔; class 2: 0 of 0, and an answer, F1 0.
    const [truth, predicted] = [
      [0, 0, 1, 1],
      [0, 2, 0, 1],
    ];
    const { f1, accuracy } = scoresOf(truth!, predicted!, 'macro');
    expect([f1, accuracy]).toEqual([expect.closeTo((1 / 2 + 2 / 3) / 3, 12), 0.5]);
    expect(scoresOf(truth!, predicted!, 'micro')).toEqual({ f1: 0.5, accuracy: 0.5 });
    expect(scoresOf([1, 1], [1, 1], 'macro')).toEqual({ f1: 1, accuracy: 1 });
  });
});

describe('measures', () => {
  const moment = (a: number, b: number, general: number) => ({
    domains: { a: { loss: a, accuracy: 0.1 }, b: { loss: b, accuracy: 0.3 } },
    general: { loss: general, accuracy: 0.2 },
  });
  const run = { before: moment(5, 6, 3), seconds: 7, importance: 0.4 };
  const scores = new Map([['movie', { f1: 0.5, accuracy: 0.6 }] as const]);

  it('of domains in turn: what was lost since a domain was learned, and how well each was', () => {
    const { measures, series } = outcomeOf('das', ['a', 'b'], { ...run, after: [moment(2, 5, 4), moment(2.5, 3, 4.5)] }, scores);
    expect(measures).toMatchObject({
      loss: 2.75,
      accuracy: 0.2,
      forgetting: 0.5,
      plasticity: 2.5,
      general: 4.5,
      importance: 0.4,
      seconds: 7,
    });
    expect(measures).toMatchObject({ endF1: 0.5, endAccuracy: 0.6, 'f1-movie': 0.5, 'f1-chemprot': null });
    expect(series!.loss).toEqual({ x: ['before', 'after a', 'after b'], y: [5.5, 3.5, 2.75] });
  });

  it('of all domains at once, and of none', () => {
    const { measures } = outcomeOf('joint', ['a', 'b'], { ...run, after: [moment(2, 2, 4)] }, scores);
    expect(measures).toMatchObject({ loss: 2, forgetting: null, plasticity: null, general: 4 });
    const none = outcomeOf('base', ['a', 'b'], { ...run, after: [] }, new Map());
    expect(none.measures).toMatchObject({ loss: 5.5, forgetting: null, seconds: null, endF1: null });
  });
});

const data = folderWith('domains', 'text-science');

/** For so few steps nothing is worth compiling. */
const opByOp = async () => ({ ...(await loadBackend()), compiler: 'eager' as const });

/** Seconds in place of minutes: nothing is learned here that could be measured. */
const SMALL = [
  ...['width=16', 'layers=1', 'vocabulary=400', 'length=24', 'baseSteps=3', 'tokens=240', 'testTokens=120', 'batch=4'],
  ...['domains=legal,products,code', 'endTasks=acl-arc', 'endSteps=2', 'endExamples=40', 'order=1'],
];

describe.runIf(data)('the study', { timeout: 240_000 }, () => {
  let out: string;
  const found = new Map<string, TrialResult>();
  const signal = new AbortController().signal;
  const request = () => ({ study: domains, arms: domains.arms, seeds: [1], settings: settingsWith(domains, SMALL), out, data });

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'domains-'));
    const { results, failures } = await runStudy(request(), await opByOp(), signal);
    expect(failures).toEqual([]);
    for (const result of results) found.set(result.key.arm, result);
  }, 240_000);
  afterAll(() => rm(out, { recursive: true }));

  it('has every measure for every arm, but for what an arm has not', () => {
    expect([...found.keys()]).toEqual(domains.arms.map(({ name }) => name));
    for (const [arm, { measures }] of found) {
      expect(Object.keys(measures).sort()).toEqual(domains.measures.map(({ name }) => name).sort());
      const none = Object.keys(measures).filter((name) => measures[name] === null && !name.startsWith('f1-'));
      const masks = ['contrast', 'mask-gradients', 'mask-updates', 'mask-signed', 'random', 'constant', 'das', 'das-no-general'].includes(
        arm,
      );
      const never = arm === 'base' ? ['forgetting', 'plasticity', 'seconds'] : arm === 'joint' ? ['forgetting', 'plasticity'] : [];
      expect([arm, none.sort()]).toEqual([arm, [...never, ...(masks ? [] : ['importance'])].sort()]);
    }
  });

  it('begins all arms with the same model, and lets each go its way', () => {
    const series = (arm: string) => found.get(arm)!.series!.loss!.y;
    const first = new Set([...found.keys()].map((arm) => series(arm)[0]));
    expect(first.size).toBe(1);
    const ends = [...found.keys()].map((arm) => series(arm).at(-1));
    expect(new Set(ends).size).toBe(ends.length);
  });

  it('a constant mask is of that size, and the others of their own', () => {
    const importance = (arm: string) => found.get(arm)!.measures.importance!;
    expect(importance('constant')).toBeCloseTo(0.5, 6);
    expect(importance('random')).toBeGreaterThan(0.55);
    for (const arm of ['mask-updates', 'das']) expect(importance(arm)).toBeGreaterThan(0.05);
  });

  it('says which names there are', async () => {
    const wrong = { ...request(), arms: domains.arms.slice(0, 1), settings: settingsWith(domains, [...SMALL, 'domains=legal,law']) };
    const { failures } = await runStudy(wrong, await opByOp(), signal);
    expect(failures[0]!.message).toMatch(/domains must be one of 'wiki', 'legal', .*received 'law'/);
  });
});
