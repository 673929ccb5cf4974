import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../results/write-file.js';
import { type Limits, limitsOf } from './limits.js';
import type { ReproducedTable } from './reproduce.js';

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
  const all = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as { readonly kind?: string }),
  );
  return all.filter(({ kind }) => kind === 'benchmark') as unknown as readonly ReproducedTable[];
}

/** Makes `limits.json` of the tables in a folder. Null: there are none to make it of. */
export async function writeLimits(folder: string): Promise<{ readonly path: string; readonly limits: Limits } | null> {
  const limits = limitsOf(await readTables(folder), 'cl reproduce limits');
  return limits && { path: await writeTable(folder, limits), limits };
}
