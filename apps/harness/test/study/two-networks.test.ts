import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/run/backend.js';
import { runStudy } from '../../src/study/run-study.js';
import { settingsWith } from '../../src/study/settings.js';
import { twoNetworks } from '../../src/study/studies/two-networks.js';
import type { TrialResult } from '../../src/study/trial-files.js';
import { folderWith } from '../data/with-data.js';

const data = folderWith('domains');

/** Seconds in place of minutes: nothing is learned here that could be measured. */
const SMALL = [
  ...['documents=6', 'taught=4', 'old=3', 'new=2', 'instructions=200', 'vocabulary=600', 'width=16', 'layers=1', 'heads=2', 'batch=4'],
  ...['baseSteps=4', 'chatSteps=4', 'steps=4', 'importanceSteps=2', 'loraSteps=2', 'recoverySteps=2', 'formatProbes=2', 'refusalProbes=2'],
];

describe.runIf(data)('the study of two networks', { timeout: 300_000 }, () => {
  let out: string;
  const found = new Map<string, TrialResult>();

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'two-networks-'));
    const { arms } = twoNetworks;
    const settings = settingsWith(twoNetworks, SMALL);
    const { results, failures } = await runStudy(
      { study: twoNetworks, arms, seeds: [1], settings, out, data },
      await loadBackend(),
      new AbortController().signal,
    );
    expect(failures).toEqual([]);
    for (const result of results) found.set(result.key.arm, result);
  }, 300_000);
  afterAll(() => rm(out, { recursive: true }));

  it('has every measure for every arm, but for what an arm of several networks has not', () => {
    expect([...found.keys()]).toEqual(twoNetworks.arms.map(({ name }) => name));
    for (const [arm, { measures }] of found) {
      expect(Object.keys(measures).sort()).toEqual(twoNetworks.measures.map(({ name }) => name).sort());
      const none = Object.keys(measures).filter((name) => measures[name] === null);
      expect([arm, none]).toEqual([arm, arm.startsWith('proxy') || arm === 'in-sequence' ? ['recovered'] : []]);
    }
  });

  it('counts tokens: as many for each way of reading on, and those of the instructions on top', () => {
    const tokens = (arm: string) => found.get(arm)!.measures.tokens;
    const reading = 4 * 4 * 64;
    expect(['unchanged', 'half-alone', 'look-up'].map(tokens)).toEqual([0, 0, 0]);
    expect(['chat-continued', 'difference', 'proxy-1', 'das', 'in-sequence'].map(tokens)).toEqual(Array(5).fill(reading));
    expect(tokens('lora')).toBe(reading + 2 * 4 * 64);
    expect(['realigned', 'joint'].map(tokens)).toEqual([2 * reading, 2 * reading]);
  });

  it('begins all arms with the same networks', () => {
    const losses = (arm: string) => found.get(arm)!.measures.generalLoss;
    // What is looked up changes prompts, and not the network.
    expect(losses('look-up')).toBe(losses('unchanged'));
    expect(losses('chat-continued')).not.toBe(losses('unchanged'));
  });
});
