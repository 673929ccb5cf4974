import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../results/read-json.js';
import { writeFileAtomically } from '../results/write-file.js';
import { type Limits, limitsOf } from './limits.js';
import { measuredRun } from './measured-run.js';
import type { ReproducedTable } from './reproduce.js';

/** Runs of a table; none where it was written by a version that kept less of them. */
const RUNS = z.array(measuredRun).catch([]);

/** Writes a table into the folder of the tables. Returns its path. */
export async function writeTable(folder: string, table: ReproducedTable | Limits): Promise<string> {
  const path = join(folder, `${table.id}.json`);
  await writeFileAtomically(path, `${JSON.stringify(table, null, 2)}\n`);
  return path;
}

/** The tables in a folder. */
export async function readTables(folder: string): Promise<readonly ReproducedTable[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  const all = (await Promise.all(files.map((name) => readJson(join(folder, name))))) as readonly ReproducedTable[];
  return all.filter((table) => table?.kind === 'benchmark').map((table) => ({ ...table, runs: RUNS.parse(table.runs) }));
}

/** Makes `limits.json` of the tables in a folder. Null: there are none to make it of. */
export async function writeLimits(folder: string): Promise<{ readonly path: string; readonly limits: Limits } | null> {
  const limits = limitsOf(await readTables(folder), 'cl reproduce limits');
  return limits && { path: await writeTable(folder, limits), limits };
}
