import { join } from 'node:path';
import { benchmarks } from '../benchmarks/index.js';
import { summarise } from '../report-data/summarise.js';
import { csvOf } from './csv.js';
import { readAll, readPlan } from './folder.js';
import { RESULT_FORMAT, type RunFailure, type RunResult } from './schema.js';
import { writeFileAtomically, writeJson } from './write-file.js';

/** What is made from the results in a folder of runs. */
export interface Reports {
  readonly results: readonly RunResult[];
  readonly failures: readonly RunFailure[];
  /** Paths. */
  readonly csv: string;
  readonly json: string;
  readonly html: string;
}

/**
 * Makes `results.csv`, `results.json` and `report.html` from all the results in a folder of runs, whichever command they are of.
 *
 * @throws CL_DISK, and CL_DATA for a result that is damaged.
 */
export async function writeReports(folder: string): Promise<Reports> {
  const { results, failures } = await readAll(folder);
  const [csv, json, html] = ['results.csv', 'results.json', 'report.html'].map((name) => join(folder, name)) as [string, string, string];
  await writeFileAtomically(csv, csvOf(results, failures));
  await writeJson(json, documentOf(results, failures));
  await writeFileAtomically(html, await reportOf(folder, results, failures));
  return { results, failures, csv, json, html };
}

async function reportOf(folder: string, results: readonly RunResult[], failures: readonly RunFailure[]): Promise<string> {
  const plan = await readPlan(folder);
  const names = [...new Set([...results, ...failures].map(({ spec }) => spec.benchmark))];
  const { renderReport } = await import('../report/render-report.js');
  return renderReport(results, {
    title: names.map((name) => benchmarks.find((known) => known.name === name)?.title ?? name).join(', ') || 'No runs',
    command: plan?.command ?? results[0]?.command ?? '',
    out: folder,
    failures,
    ...(plan && { planned: plan.runs.length }),
  });
}

/** All there is to say, as one JSON document: the summary by group, and the runs. */
export const documentOf = (results: readonly RunResult[], failures: readonly RunFailure[]) => ({
  format: RESULT_FORMAT,
  summary: summarise(results, failures).map(({ key: _, results: own, ...group }) => ({ ...group, runs: own.map(({ id }) => id) })),
  runs: results,
  failures,
});
