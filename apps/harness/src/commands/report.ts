import { ContinualLearningError } from '@cl/core';
import { EXIT } from '../cli/exit-codes.js';
import { readAll } from '../results/folder.js';
import { writeFileAtomically } from '../results/write-file.js';
import { documentOf, writeReports } from '../results/write-reports.js';
import { showReports } from './show.js';

export interface ReportRequest {
  readonly folder: string;
  readonly json: boolean;
  /** File for an SVG of the accuracy after each task, as the README has it. */
  readonly picture?: string | undefined;
}

/** Makes table, CSV, JSON and report again from the results in a folder. Returns the exit code. */
export async function report({ folder, json, picture }: ReportRequest): Promise<number> {
  // A folder that was meant to be another one is left as it is: a report of nothing might take the place of something.
  const { results } = await readAll(folder);
  if (results.length === 0) {
    throw new ContinualLearningError(
      'CL_DATA',
      `${folder}: there are no results. Expected a folder that cl run, cl compare or cl demo wrote (--out).`,
    );
  }
  const reports = await writeReports(folder);
  if (picture !== undefined) {
    const { renderPicture } = await import('../report/picture.js');
    await writeFileAtomically(picture, await renderPicture(reports.results));
  }
  if (json) process.stdout.write(`${JSON.stringify({ folder, ...documentOf(reports.results, reports.failures) }, null, 2)}\n`);
  else showReports(reports);
  return EXIT.ok;
}
