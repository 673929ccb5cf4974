import { join, resolve } from 'node:path';
import { checkInteger, checkOneOf } from '@cl/core';
import { benchmark } from '../benchmarks/index.js';
import { EXIT } from '../cli/exit-codes.js';
import { UsageError } from '../cli/failure.js';
import { secondsAhead, stepsAhead } from '../config/estimate.js';
import { readTables, writeLimits, writeTable } from '../reproduce/files.js';
import { reproductions } from '../reproduce/published/index.js';
import { type Choice, type ReproducedTable, rowsWithRuns, specsToReproduce, tablesIn, tablesOf } from '../reproduce/reproduce.js';
import type { Reproduction } from '../reproduce/reproduction.js';
import type { RunSpec } from '../results/schema.js';
import { NONE, plural, roughly } from '../terminal/format.js';
import { colours } from '../terminal/style.js';
import { columns } from '../terminal/table.js';
import { Pool } from '../workers/pool.js';
import { carryOut, poolFor } from './carry-out.js';

export interface ReproduceRequest extends Choice {
  readonly name: string | undefined;
  readonly data: string | undefined;
  /** Folder of the single runs, and folder of the tables. */
  readonly out: string | undefined;
  readonly results: string | undefined;
  readonly workers: number | undefined;
  readonly dryRun: boolean;
  readonly command: string;
}

/** The table that is made of the others. */
const LIMITS = 'limits';

/** Carries out `cl reproduce`: a published table, measured again, each cell beside its target. Returns the exit code. */
export async function reproduce(asked: ReproduceRequest): Promise<number> {
  const names = [...reproductions.map((known) => known.name), LIMITS];
  const name = checkOneOf('reproduce', 'table', asked.name ?? names[0]!, names);
  // A seed that is named twice is one run, and a row is whole when it has a run for each seed.
  const request = { ...asked, seeds: [...new Set(asked.seeds)] };
  for (const seed of request.seeds) checkInteger('reproduce', 'seeds', seed, { min: 0 });
  if (request.workers !== undefined) checkInteger('reproduce', 'workers', request.workers, { min: 1 });
  if (request.trial !== undefined) checkInteger('reproduce', 'steps', request.trial, { min: 1 });
  const { results: tables = 'results', trial } = request;
  if (trial !== undefined && resolve(tables) === resolve('results')) {
    throw new UsageError('--steps is to try something out: name a folder for such tables with --results, other than results.');
  }
  if (name === LIMITS)
    return request.dryRun ? said('limits: 0 runs; made of the tables of the others. Nothing was run.') : makeLimits(tables);
  const reproduction = reproductions.find((known) => known.name === name)!;
  if (request.dryRun) return dryRun(reproduction, request);

  const folder = request.out ?? join('runs', `reproduce-${name}`);
  // Before anything runs: a table that cannot be read is not to be written over.
  await readTables(tables);
  const pool = poolFor(Number.POSITIVE_INFINITY, { workers: request.workers });
  try {
    const { compiler } = await pool.backend();
    return await carryOut(
      {
        folder,
        json: false,
        specs: specsToReproduce(reproduction, request, compiler),
        benchmarks: [...new Set(tablesIn(reproduction, request).map((table) => table.benchmark))].map(benchmark),
        pool,
        command: request.command,
        // Rows whose runs are there join the table: an hour is not lost because the next one was not to be had.
        showsPart: true,
        data: (request.data ?? process.env.CL_DATA) || undefined,
      },
      async ({ results }) => {
        const command = commandOf(name, request);
        // As they stand by now: another command may have added to them meanwhile.
        const earlier = await readTables(tables);
        for (const table of tablesOf(reproduction, request, { results, earlier, command, compiler })) {
          process.stdout.write(`\n${shown(table)}\n  ${await writeTable(tables, table)}\n`);
        }
        await writeLimits(tables);
      },
    );
  } finally {
    pool.close();
  }
}

/** The command that makes the same tables again, from anywhere. */
function commandOf(name: string, { seeds, strategies, scenarios, trial }: Choice): string {
  const flags = [
    `--seeds ${seeds.join()}`,
    ...(strategies ? [`--strategies ${strategies.join()}`] : []),
    ...(scenarios ? [`--scenarios ${scenarios.join()}`] : []),
    ...(trial === undefined ? [] : [`--steps ${trial}`]),
  ];
  return `pnpm exec cl reproduce ${name} ${flags.join(' ')}`;
}

function said(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.ok;
}

async function makeLimits(folder: string): Promise<number> {
  const made = await writeLimits(folder);
  if (!made) throw new UsageError(`${folder}: there are no tables to make 'limits' of. Make one first: cl reproduce split-mnist`);
  const cells = made.limits.blocks.flatMap(({ rows }) => rows.flatMap((row) => Object.values(row.cells)));
  const count = (which: (cell: (typeof cells)[number]) => boolean) => cells.filter(which).length;
  return said(
    `${plural(
      count(({ accuracy }) => accuracy !== null),
      'cell',
    )} measured, ${count(({ fails }) => fails === true)} of them little better than fine-tuning, ${count(({ fails, expected }) => fails === true && expected !== null)} as expected.\n  ${made.path}`,
  );
}

/** What would run, table by table, and how long it would take. */
function dryRun(reproduction: Reproduction, request: ReproduceRequest): number {
  const { workers, threads } = new Pool({ workers: request.workers ?? null, threads: null });
  const cpuSeconds = (specs: readonly RunSpec[]) => specs.reduce((sum, spec) => sum + secondsAhead(spec, benchmark(spec.benchmark), 1), 0);
  const lines = tablesIn(reproduction, request).flatMap((table) => [
    `  ${table.title}`,
    ...rowsWithRuns(table, request, 'graph').map(({ row: { label, buffer }, specs }) => {
      const [spec] = specs;
      const steps = spec ? stepsAhead(spec, benchmark(spec.benchmark)) : 0;
      return `    ${label}${buffer === undefined ? '' : `, buffer ${buffer}`}: ${plural(specs.length, 'run')} of ${steps} steps of ${spec?.batchSize ?? 0}, ${roughly(cpuSeconds(specs))}`;
    }),
  ]);
  const specs = specsToReproduce(reproduction, request, 'graph');
  const used = Math.min(workers, specs.length);
  const seconds = specs.reduce((sum, spec) => sum + secondsAhead(spec, benchmark(spec.benchmark), threads), 0) / used;
  return said(
    [
      ...lines,
      '',
      `${plural(specs.length, 'run')} for ${plural(request.seeds.length, 'seed')}: ${roughly(cpuSeconds(specs))} of one processor with native TensorFlow; ${used} at a time, ${roughly(seconds)}. Nothing was run.`,
    ].join('\n'),
  );
}

/** A table with each cell beside the published one. */
function shown({ title, rows }: ReproducedTable): string {
  const { bold, dim, green, red } = colours(process.stdout);
  const percent = (share: number) => (100 * share).toFixed(2);
  const body = rows.map(({ label, buffer, accuracy, seeds, published, band, inBand }) => [
    buffer === null ? label : `${label}, ${buffer}`,
    `${percent(accuracy.mean)}${seeds > 1 ? ` ± ${percent(accuracy.standardError)}` : ''} (${seeds})`,
    published ? `${percent(published.accuracy)}${published.standardError === null ? '' : ` ± ${percent(published.standardError)}`}` : NONE,
    band ? `${percent(band.low)} – ${percent(band.high)}` : NONE,
    inBand === null ? NONE : inBand ? green('in band') : red('out of band'),
  ]);
  const head = ['accuracy %', 'measured ± SEM (seeds)', 'published ± SEM', 'band', ''].map((text) => dim(text));
  return `${bold(title)}\n${columns([head, ...body], 5)}`;
}
