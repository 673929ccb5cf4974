import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../src/results/schema.js';

/** The folders of the runs in a folder of runs. */
export const runFolders = (folder: string): string[] =>
  existsSync(join(folder, 'runs'))
    ? readdirSync(join(folder, 'runs'))
        .sort()
        .map((name) => join(folder, 'runs', name))
    : [];

/** The results in a folder of runs, in the order of their folders' names. */
export const resultsIn = (folder: string): RunResult[] =>
  runFolders(folder)
    .map((own) => join(own, 'result.json'))
    .filter(existsSync)
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as RunResult);

/** What a run's numbers are, without times and places. */
export const numbersOf = ({ id, accuracy, accuracyWithinTask, initial, loss, metrics, parameterHash }: RunResult) => ({
  id,
  accuracy,
  accuracyWithinTask,
  initial,
  loss,
  metrics,
  parameterHash,
});

/** Steps of the checkpoints of all runs in a folder, complete ones and those in the making. */
export function checkpointsIn(folder: string): string[] {
  return runFolders(folder).flatMap((own) => {
    const path = join(own, 'checkpoints');
    return existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
  });
}
