import { ContinualLearningError } from '@cl/core';
import { z } from 'zod';
import { origin } from '../results/origin.js';
import { damaged, readJson } from '../results/read-json.js';

const text = z.record(z.string(), z.string());

/** By which command, of which code, day and machine. */
const source = z.object({ command: z.string(), ...origin.shape });

/** One that was written before rows had a source of their own has that of the table. */
const row = z.looseObject({ cell: z.string(), strategy: z.string(), ...source.partial().shape });
const memory = z.looseObject({ steps: z.number(), ...source.partial().shape });

/** What `results/speed.json` and those like it have. */
const speedTable = z.looseObject({
  kind: z.enum(['speed', 'speed-language']),
  ...source.shape,
  cells: text,
  strategies: text,
  memory: memory.nullable(),
  rows: z.array(row),
});
export type SpeedTable = z.infer<typeof speedTable>;

/** The table in a file, or null if there is none. Throws CL_DATA if the file holds something else, or times of another machine. */
export async function readSpeed(path: string, { kind, machine }: Pick<SpeedTable, 'kind' | 'machine'>): Promise<SpeedTable | null> {
  const found = await readJson(path);
  if (found === undefined) return null;
  const table = speedTable.safeParse(found).data;
  if (table?.kind !== kind) throw damaged(path, `it holds no table of kind '${kind}'`);
  if (table.machine !== machine) {
    throw new ContinualLearningError(
      'CL_DATA',
      `${path} has times of ${table.machine}; this machine is ${machine}. Times of two machines do not stand in one table: name another file.`,
    );
  }
  return table;
}

/** What was measured now, with what an earlier table has of other cells and strategies. Each row says where it is from. */
export function joined(now: SpeedTable, earlier: SpeedTable | null): SpeedTable {
  const pair = ({ cell, strategy }: { readonly cell: string; readonly strategy: string }): string => `${cell} ${strategy}`;
  const timed = new Set(now.rows.map(pair));
  const stays = (row: SpeedTable['rows'][number]): boolean =>
    row.cell in now.cells && row.strategy in now.strategies && !timed.has(pair(row));
  const known = earlier ? earlier.rows.filter(stays).map(from(earlier)) : [];
  const [cells, strategies] = [Object.keys(now.cells), Object.keys(now.strategies)];
  const place = ({ cell, strategy }: SpeedTable['rows'][number]): number =>
    cells.indexOf(cell) * strategies.length + strategies.indexOf(strategy);
  const rows = [...now.rows.map(from(now)), ...known].sort((a, b) => place(a) - place(b));
  const memory = now.memory ? from(now)(now.memory) : (earlier?.memory && from(earlier)(earlier.memory)) || null;
  return { ...now, memory, rows };
}

const from =
  ({ command, commit, date, machine }: SpeedTable) =>
  <T extends object>(measured: T): T => ({ command, commit, date, machine, ...measured });
