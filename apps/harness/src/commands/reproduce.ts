import { join } from 'node:path';
import { checkOneOf } from '@cl/core';
import { benchmark } from '../benchmarks/index.js';
import { reproductions } from '../reproduce/published.js';
import { type ReproducedTable, specsToReproduce, tablesOf } from '../reproduce/reproduce.js';
import type { RunSpec } from '../results/schema.js';
import { writeFileAtomically } from '../results/write-file.js';
import { NONE } from '../terminal/format.js';
import { colours } from '../terminal/style.js';
import { columns } from '../terminal/table.js';
import { carryOut, poolFor } from './carry-out.js';

export interface ReproduceRequest {
  readonly name: string | undefined;
  readonly seeds: readonly number[];
  readonly strategies: readonly string[] | undefined;
  readonly scenarios: readonly RunSpec['scenario'][] | undefined;
  readonly data: string | undefined;
  /** Folder of the single runs, and folder of the tables. */
  readonly out: string | undefined;
  readonly results: string;
  readonly workers: number | undefined;
  readonly command: string;
}

/** Carries out `cl reproduce`: a published table, measured again, each cell beside its target. Returns the exit code. */
export async function reproduce(request: ReproduceRequest): Promise<number> {
  const name = checkOneOf(
    'reproduce',
    'table',
    request.name ?? reproductions[0]!.name,
    reproductions.map((known) => known.name),
  );
  const reproduction = reproductions.find((known) => known.name === name)!;
  const folder = request.out ?? join('runs', `reproduce-${name}`);
  const pool = poolFor(Number.POSITIVE_INFINITY, { workers: request.workers });
  try {
    const { compiler } = await pool.backend();
    const specs = specsToReproduce(reproduction, request, compiler);
    return await carryOut(
      {
        folder,
        json: false,
        specs,
        benchmarks: [benchmark(reproduction.benchmark)],
        pool,
        command: request.command,
        data: (request.data ?? process.env.CL_DATA) || undefined,
      },
      async ({ results }) => {
        for (const table of tablesOf(reproduction, request, {
          results,
          command: `pnpm exec cl reproduce ${name} --seeds ${request.seeds.join()}`,
        })) {
          const path = join(request.results, `${table.id}.json`);
          await writeFileAtomically(path, `${JSON.stringify(table, null, 2)}\n`);
          process.stdout.write(`\n${shown(table)}\n  ${path}\n`);
        }
      },
    );
  } finally {
    pool.close();
  }
}

/** A table with each cell beside the published one. */
function shown({ title, rows }: ReproducedTable): string {
  const { bold, dim, green, red } = colours(process.stdout);
  const percent = (share: number) => (100 * share).toFixed(2);
  const body = rows.map(({ label, accuracy, seeds, published, band, inBand }) => [
    label,
    `${percent(accuracy.mean)} ± ${percent(accuracy.standardError)} (${seeds})`,
    published ? `${percent(published.accuracy)}${published.standardError === null ? '' : ` ± ${percent(published.standardError)}`}` : NONE,
    band ? `${percent(band.low)} – ${percent(band.high)}` : NONE,
    inBand === null ? NONE : inBand ? green('in band') : red('out of band'),
  ]);
  const head = ['accuracy %', 'measured ± SEM (seeds)', 'published ± SEM', 'band', ''].map((text) => dim(text));
  return `${bold(title)}\n${columns([head, ...body], 5)}`;
}
