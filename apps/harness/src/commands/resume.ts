import { ContinualLearningError, checkInteger } from '@cl/core';
import { benchmark } from '../benchmarks/index.js';
import { readPlan } from '../results/folder.js';
import type { RunSpec } from '../results/schema.js';
import { studyIn } from '../study/trial-files.js';
import { carryOut, poolFor } from './carry-out.js';
import { showReports } from './show.js';

export interface ResumeRequest {
  readonly folder: string;
  readonly data?: string | undefined;
  readonly workers?: number | undefined;
  readonly json: boolean;
}

/** Finishes what `cl run`, `cl compare` or `cl demo` began in a folder. Returns the exit code. */
export async function resume({ folder, data, workers, json }: ResumeRequest): Promise<number> {
  if (workers !== undefined) checkInteger('resume', 'workers', workers, { min: 1 });
  const plan = await readPlan(folder);
  if (!plan) {
    const study = await studyIn(folder);
    throw new ContinualLearningError(
      'CL_DATA',
      study
        ? `${folder} is the folder of a study, which goes on when its command is given again: cl study ${study} --out ${folder}, with the same --set.`
        : `${folder} has no plan.json: it is no folder that cl run, cl compare or cl demo wrote (--out).`,
    );
  }
  const { settings, runs, command } = plan;
  const pool = poolFor(runs.length, { workers: workers ?? settings.workers, threads: settings.threads });
  return carryOut(
    {
      folder,
      json,
      specs: runs,
      benchmarks: benchmarksOf(runs),
      pool,
      command,
      data: data ?? settings.data ?? undefined,
      checkpointEvery: settings.checkpointEvery,
      keep: settings.keep,
    },
    (reports) => showReports(reports),
  );
}

const benchmarksOf = (runs: readonly RunSpec[]) => [...new Set(runs.map((spec) => spec.benchmark))].map(benchmark);
