import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { folderName, runId } from './identity.js';
import { damaged, readJson } from './read-json.js';
import { type Plan, plan, RESULT_FORMAT, type RunFailure, type RunResult, type RunSpec, runFailure, runResult } from './schema.js';
import { writeJson } from './write-file.js';

/**
 * A folder of runs: `plan.json` says what is to be run, `runs/NAME` has a run's checkpoints, then its `result.json` or
 * `failure.json`; what is made from the results lies beside them.
 */
export const runFolder = (folder: string, spec: RunSpec): string => join(folder, 'runs', folderName(spec));

const RESULT = 'result.json';
const FAILURE = 'failure.json';
const PLAN = 'plan.json';

/** The result in a run's folder, or null if there is none. Throws CL_DATA if it is damaged or another run's. */
export async function readResult(folder: string, spec?: RunSpec): Promise<RunResult | null> {
  const result = await read(join(folder, RESULT), runResult);
  if (result && spec && result.id !== runId(spec)) {
    throw damaged(join(folder, RESULT), `it is of run ${result.id}, expected ${runId(spec)}`);
  }
  return result;
}

export async function writeResult(folder: string, result: RunResult): Promise<void> {
  await writeJson(join(folder, RESULT), result);
  await rm(join(folder, FAILURE), { force: true });
}

export const writeFailure = (folder: string, failure: RunFailure): Promise<void> => writeJson(join(folder, FAILURE), failure);

/** The plan of a folder of runs, or null. */
export const readPlan = (folder: string): Promise<Plan | null> => read(join(folder, PLAN), plan);

/** Writes the plan; runs that an earlier command planned in the same folder stay planned. */
export async function writePlan(folder: string, next: Omit<Plan, 'format'>): Promise<Plan> {
  const before = (await readPlan(folder))?.runs ?? [];
  const known = new Set(next.runs.map(runId));
  const whole: Plan = { format: RESULT_FORMAT, ...next, runs: [...before.filter((spec) => !known.has(runId(spec))), ...next.runs] };
  await writeJson(join(folder, PLAN), whole);
  return whole;
}

/** All results and failures in a folder of runs; in the order of its plan, where there is one. */
export async function readAll(folder: string): Promise<{ readonly results: RunResult[]; readonly failures: RunFailure[] }> {
  const names = await readdir(join(folder, 'runs')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  const order = new Map((await readPlan(folder))?.runs.map((spec, i) => [folderName(spec), i]) ?? []);
  const place = (name: string) => order.get(name) ?? order.size;
  const sorted = names.filter((name) => !name.startsWith('.')).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const results: RunResult[] = [];
  const failures: RunFailure[] = [];
  for (const name of sorted) {
    const own = join(folder, 'runs', name);
    const result = await readResult(own);
    if (result) results.push(result);
    else failures.push(...[await read(join(own, FAILURE), runFailure)].filter((failure) => failure !== null));
  }
  return { results, failures };
}

async function read<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const json = await readJson(path);
  if (json === undefined) return null;
  const { format } = (json ?? {}) as { format?: unknown };
  if (format !== RESULT_FORMAT) throw damaged(path, `it has format ${JSON.stringify(format)}, this version reads ${RESULT_FORMAT}`);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(path, `${issue?.path.join('.')}: ${issue?.message}`);
}
