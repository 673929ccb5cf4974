import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/run/backend.js';
import { haikuScore, topicOf } from '../../src/study/rehearsal/haiku.js';
import { answerOf, formatOf, promptTokens, rowsOf } from '../../src/study/rehearsal/rows.js';
import { exactScoreOf, meets, scoreOf } from '../../src/study/rehearsal/scores.js';
import { runStudy } from '../../src/study/run-study.js';
import { settingsWith } from '../../src/study/settings.js';
import { rehearsalStudy } from '../../src/study/studies/rehearsal.js';
import type { TrialResult } from '../../src/study/trial-files.js';
import { folderWith } from '../data/with-data.js';

describe('the score of haiku', () => {
  const pond = 'an old silent pond , a frog jumps into the pond , splash ! silence again';

  it('is 1 for the reference itself with its topic, and 3/4 without', () => {
    expect(haikuScore(pond, pond, 'old silent')).toBeCloseTo(1, 12);
    expect(haikuScore(pond, pond, 'winter')).toBeCloseTo(0.75, 12);
  });

  it('compares lines and syllables with those of the reference', () => {
    // Three syllables of six, one line of three; no word in common, no topic.
    expect(haikuScore('la la la', 'do do , do do , do do', 'x')).toBeCloseTo((0 + 1 / 2 + 1 / 3 + 0) / 4, 12);
  });

  it('lies in [0, 1] and is there for nothing', () => {
    expect(haikuScore('', pond, 'pond')).toBeCloseTo((0 + 0 + 1 / 3 + 0) / 4, 12);
    expect(haikuScore('', '', '')).toBeGreaterThanOrEqual(0);
    expect(topicOf("Write a haiku about 'can't stop'")).toBe("can't stop");
  });
});

describe('scores', () => {
  it('of constraints know the place, the case, and no ends of words', () => {
    expect(meets('Intel', { where: 'start', word: 'Intel' })).toBe(true);
    expect(meets('Intelligence test', { where: 'start', word: 'Intel' })).toBe(true);
    expect(meets('intel inside', { where: 'start', word: 'Intel' })).toBe(false);
    expect(meets('The plot thickens', { where: 'contain', word: 'plot' })).toBe(true);
    expect(meets('The plot thickens', { where: 'end', word: 'plot' })).toBe(false);
    expect(meets('A plot', { where: 'end', word: 'plot' })).toBe(true);
  });

  it('tell a wrong format from a wrong answer', () => {
    const asked = (answer: string) => ({ pair: { input: 'q', references: ['positive'] as const }, answer });
    const answers = new Set(['positive', 'negative']);
    expect(exactScoreOf(answers, [asked('positive'), asked('negative'), asked('a haiku , it is'), asked('positive')])).toEqual({
      score: 0.5,
      formatErrors: 0.25,
    });
    const split = (answer: string) => ({ pair: { input: 'q', references: ['It is red . It is big .'] as const }, answer });
    expect(scoreOf('wikisplit', [split('It is red . It is big .'), split('positive')]).formatErrors).toBe(0.5);
  });
});

describe('rows', () => {
  const format = formatOf(['what is red ? a rose is red', 'a rose'], { vocabulary: 300, length: 16, answer: 6 });
  const train = [{ input: 'red ?', references: ['a rose'] as const }];

  it('learn the answer and its end, and nothing of the prompt', () => {
    const rows = rowsOf(format, { name: 'none', train }, { count: 2, seed: 1 });
    expect(rows.length).toBe(2);
    const [ids, targets] = [new Int32Array(16), new Int32Array(16)];
    (rows.x as { ids: typeof rows.y }).ids.gather([1], ids, 0);
    rows.y.gather([1], targets, 0);
    const learned = [...targets].filter((target) => target >= 0);
    expect(answerOf(format, learned.slice(0, -1))).toBe('a rose');
    expect(learned.at(-1)).toBe(2);
    const prompt = promptTokens(format, 'red ?');
    expect([...ids.subarray(0, prompt.length)]).toEqual(prompt);
    expect([...targets.subarray(0, prompt.length)].every((target) => target < 0)).toBe(true);
  });

  it('cut what is too long: prompts at their end, answers too', () => {
    const long = [{ input: 'zyx '.repeat(20), references: ['wvu '.repeat(20)] as const }];
    const targets = new Int32Array(16);
    rowsOf(format, { name: 'none', train: long }, { count: 1, seed: 1 }).y.gather([0], targets, 0);
    expect([...targets].filter((target) => target >= 0)).toHaveLength(6);
    expect(promptTokens(format, long[0]!.input)).toHaveLength(10);
  });
});

const data = folderWith('seq2seq', 'text-dbpedia14', 'text-clinc150', 'text-product-asc', 'domains');

/** Seconds in place of minutes: nothing is learned here that could be measured. */
const SMALL = [
  ...['examples=10', 'batch=4', 'testExamples=2', 'baseExamples=10', 'baseEpochs=1', 'width=16', 'layers=1', 'heads=2', 'vocabulary=300'],
  ...['length=32', 'answer=6'],
];

describe.runIf(data)('the study of rehearsal', { timeout: 240_000 }, () => {
  let out: string;
  const found = new Map<string, TrialResult>();
  // Of those that differ in their rates alone, one.
  const arms = rehearsalStudy.arms.filter(({ name }) => ['redraw-1', 'reverse', 'joint', 'ewc', 'lwf'].includes(name));

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'rehearsal-'));
    const settings = settingsWith(rehearsalStudy, SMALL);
    const { results, failures } = await runStudy(
      { study: rehearsalStudy, arms, seeds: [1], settings, out, data },
      await loadBackend(),
      new AbortController().signal,
    );
    expect(failures).toEqual([]);
    for (const result of results) found.set(result.key.arm, result);
  }, 240_000);
  afterAll(() => rm(out, { recursive: true }));

  it('has all measures for each arm; of learning all at once, no score right after', () => {
    expect([...found.keys()]).toEqual(arms.map(({ name }) => name));
    for (const [arm, { measures }] of found) {
      expect(Object.keys(measures).sort()).toEqual(rehearsalStudy.measures.map(({ name }) => name).sort());
      const missing = Object.keys(measures).filter((name) => measures[name] === null);
      if (arm === 'joint') expect(missing).toContain('learning');
      else expect(missing.filter((name) => name !== 'relative')).toEqual([]);
    }
  });

  it('mixes in what each rate says: of 8 base sets and 7 tasks, at least one example each', () => {
    expect(found.get('redraw-1')!.measures.share).toBeCloseTo(15 / 25, 6);
    expect(found.get('reverse')!.measures.share).toBeCloseTo(15 / 25, 6);
    // All at once, 80 examples: one of each base set.
    expect(found.get('joint')!.measures.share).toBeCloseTo(8 / 88, 6);
  });
});
