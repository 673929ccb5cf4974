import { ContinualLearningError } from '@cl/core';
import { EXIT } from '../cli/exit-codes.js';
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
  const reports = await writeReports(folder);
  if (reports.results.length === 0) {
    throw new ContinualLearningError(
      'CL_DATA',
      `${folder}: there are no results. Expected a folder that cl run, cl compare or cl demo wrote (--out).`,
    );
  }
  if (picture !== undefined) {
    const { renderPicture } = await import('../report/picture.js');
    await writeFileAtomically(picture, await renderPicture(reports.results));
  }
  if (json) process.stdout.write(`${JSON.stringify({ folder, ...documentOf(reports.results, reports.failures) }, null, 2)}\n`);
  else showReports(reports);
  return EXIT.ok;
}
