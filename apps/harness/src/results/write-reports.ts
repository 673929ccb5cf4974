import { join } from 'node:path';
import { summarise } from '../report-data/summarise.js';
import { csvOf } from './csv.js';
import { readAll } from './folder.js';
import { RESULT_FORMAT, type RunFailure, type RunResult } from './schema.js';
import { writeFileAtomically, writeJson } from './write-file.js';

/** What is made from the results in a folder of runs. */
export interface Reports {
  readonly results: readonly RunResult[];
  readonly failures: readonly RunFailure[];
  /** Paths. */
  readonly csv: string;
  readonly json: string;
}

/**
 * Makes `results.csv` and `results.json` from all the results in a folder of runs, whichever command they are of.
 *
 * @throws CL_DISK, and CL_DATA for a result that is damaged.
 */
export async function writeReports(folder: string): Promise<Reports> {
  const { results, failures } = await readAll(folder);
  const [csv, json] = ['results.csv', 'results.json'].map((name) => join(folder, name)) as [string, string];
  await writeFileAtomically(csv, csvOf(results, failures));
  await writeJson(json, documentOf(results, failures));
  return { results, failures, csv, json };
}

/** All there is to say, as one JSON document: the summary by group, and the runs. */
export const documentOf = (results: readonly RunResult[], failures: readonly RunFailure[]) => ({
  format: RESULT_FORMAT,
  summary: summarise(results, failures).map(({ key: _, results: own, ...group }) => ({ ...group, runs: own.map(({ id }) => id) })),
  runs: results,
  failures,
});
