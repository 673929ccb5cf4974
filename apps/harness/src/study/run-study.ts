import { mkdir } from 'node:fs/promises';
import { codeOf, messageOf } from '../cli/failure.js';
import type { Backend } from '../run/backend.js';
import { environmentOf } from '../run/environment.js';
import { lock } from '../run/lock.js';
import type { Arm, Study, StudySettings } from './study.js';
import { readTrial, sharedFolder, stageIn, type TrialKey, type TrialResult, trialFolder, trialId, writeTrial } from './trial-files.js';

/** Which part of a study, and where. */
export interface StudyRequest {
  readonly study: Study;
  readonly arms: readonly Arm[];
  readonly seeds: readonly number[];
  readonly settings: StudySettings;
  /** Folder of the trials. */
  readonly out: string;
  readonly data: string | undefined;
}

/** A trial that did not end well. */
export interface TrialFailure {
  readonly key: TrialKey;
  readonly code: string;
  readonly message: string;
}

export interface StudyEvents {
  /** Before a trial is begun; `number` of `count`. */
  readonly onTrial?: (key: TrialKey, number: number, count: number) => void;
  readonly onLine?: (key: TrialKey, text: string) => void;
  readonly onEnd?: (key: TrialKey, result: TrialResult) => void;
  readonly onFailure?: (failure: TrialFailure) => void;
}

/** All trials of a request: seed by seed, so that there is something to compare early. */
export const trialsOf = ({ study, arms, seeds, settings }: StudyRequest): readonly TrialKey[] =>
  seeds.flatMap((seed) => arms.map((arm) => ({ study: study.name, arm: arm.name, seed, settings })));

/**
 * Carries out the trials of a study that are not finished, one after another in this process. One that fails does not keep the others from
 * being run; after the signal, no further one is begun.
 */
export async function runStudy(
  request: StudyRequest,
  backend: Backend,
  signal: AbortSignal,
  events: StudyEvents = {},
): Promise<{ readonly results: readonly TrialResult[]; readonly failures: readonly TrialFailure[] }> {
  const keys = trialsOf(request);
  const results: TrialResult[] = [];
  const failures: TrialFailure[] = [];
  for (const [i, key] of keys.entries()) {
    const known = await readTrial(trialFolder(request.out, key));
    if (known) {
      results.push(known);
      continue;
    }
    if (signal.aborted) continue;
    events.onTrial?.(key, i + 1, keys.length);
    try {
      results.push(await runTrial(request, key, { backend, signal, events }));
    } catch (error) {
      if (signal.aborted) continue;
      const failure = { key, code: codeOf(error), message: messageOf(error) };
      failures.push(failure);
      events.onFailure?.(failure);
    }
  }
  return { results, failures };
}

async function runTrial(
  { study, out, data }: StudyRequest,
  key: TrialKey,
  { backend, signal, events }: { readonly backend: Backend; readonly signal: AbortSignal; readonly events: StudyEvents },
): Promise<TrialResult> {
  const [folder, shared] = [trialFolder(out, key), sharedFolder(out, key)];
  await mkdir(shared, { recursive: true });
  const release = await lock(folder);
  try {
    const begun = performance.now();
    const outcome = await study.run({
      arm: key.arm,
      seed: key.seed,
      settings: key.settings,
      data: { ...(data !== undefined && { data }), signal },
      backend,
      folder,
      shared,
      signal,
      say: (text) => events.onLine?.(key, text),
      stage: (name, make, where = 'own') => stageIn(where === 'own' ? folder : shared, name, make),
    });
    signal.throwIfAborted();
    const result: TrialResult = {
      format: 1,
      id: trialId(key),
      key,
      ...outcome,
      environment: await environmentOf(backend),
      seconds: (performance.now() - begun) / 1000,
      finishedAt: new Date().toISOString(),
    };
    await writeTrial(folder, result);
    events.onEnd?.(key, result);
    return result;
  } finally {
    await release();
  }
}
