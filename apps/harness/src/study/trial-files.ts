import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../results/identity.js';
import { damaged, readJson } from '../results/read-json.js';
import type { Environment } from '../results/schema.js';
import { writeJson } from '../results/write-file.js';
import type { Outcome, StudySettings } from './study.js';

/** Which trial: of what study, with which settings. */
export interface TrialKey {
  readonly study: string;
  readonly arm: string;
  readonly seed: number;
  readonly settings: StudySettings;
}

/** The result of a trial: `result.json` in its folder. */
export interface TrialResult extends Outcome {
  readonly format: 1;
  readonly id: string;
  readonly key: TrialKey;
  readonly environment: Environment;
  readonly seconds: number;
  readonly finishedAt: string;
}

const hash = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);

/** Who a trial is: equal for equal keys. */
export const trialId = (key: TrialKey): string => hash({ format: 1, ...key });

/** The trial's own folder, and that of all arms with its seed and settings. */
export const trialFolder = (out: string, key: TrialKey): string => join(out, 'trials', `${key.arm}-seed${key.seed}-${trialId(key)}`);
export const sharedFolder = (out: string, { study, seed, settings }: TrialKey): string =>
  join(out, 'shared', `seed${seed}-${hash({ study, seed, settings })}`);

/** The result in a trial's folder, or null. */
export async function readTrial(folder: string): Promise<TrialResult | null> {
  const result = (await readJson(join(folder, 'result.json'))) as TrialResult | undefined;
  if (result && result.format !== 1)
    throw damaged(join(folder, 'result.json'), `it has format ${JSON.stringify(result.format)}, expected 1`);
  return result ?? null;
}

export const writeTrial = (folder: string, result: TrialResult): Promise<void> => writeJson(join(folder, 'result.json'), result);

/** `make`, once: what it gave lies in the folder from then on. */
export async function stageIn<T>(folder: string, name: string, make: () => Promise<T>): Promise<T> {
  const path = join(folder, `stage-${name}.json`);
  const known = (await readJson(path)) as { readonly value: T } | undefined;
  if (known) return known.value;
  await mkdir(folder, { recursive: true });
  const value = await make();
  await writeJson(path, { value });
  return value;
}

/** The name of the study whose trials a folder has, 'NAME' where no trial has ended; null for other folders. */
export async function studyIn(out: string): Promise<string | null> {
  const folders = await readdir(join(out, 'trials')).catch(() => null);
  if (folders === null) return null;
  const results = await Promise.all(folders.map((name) => readTrial(join(out, 'trials', name)).catch(() => null)));
  return results.find((result) => result !== null)?.key.study ?? 'NAME';
}
