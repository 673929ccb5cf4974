import { join } from 'node:path';
import { ContinualLearningError } from '@cl/core';
import { EXIT } from '../cli/exit-codes.js';
import { secondsAhead, stepsAhead } from '../config/estimate.js';
import { checkSettings, readSettings } from '../config/read.js';
import type { Settings } from '../config/settings.js';
import { type Specs, specsOf } from '../config/specs.js';
import { setId } from '../results/identity.js';
import type { RunSpec } from '../results/schema.js';
import type { Reports } from '../results/write-reports.js';
import { titleOf } from '../strategies/catalog.js';
import { studies } from '../study/studies/index.js';
import { plural, roughly, scenarioTitle, strategies } from '../terminal/format.js';
import { colours } from '../terminal/style.js';
import { Pool } from '../workers/pool.js';
import { carryOut, poolFor } from './carry-out.js';
import { showReports } from './show.js';
import { runAsStudy } from './study.js';

/** What `cl run` and `cl compare` have in common, beside settings. */
export interface Request {
  /** 'cl run', for messages. */
  readonly name: string;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly config?: string | undefined;
  readonly json: boolean;
  readonly dryRun: boolean;
  /** The command as it was typed. */
  readonly command: string;
  /** Settings under those of file and flags. */
  readonly defaults?: Settings;
  /** The same where steps cannot be compiled, and so take many times as long; with a sentence that says so. */
  readonly slow?: { readonly settings: Settings; readonly note: string };
  readonly next?: string;
}

/** Carries out `cl run`, `cl compare` and `cl demo`. Returns the exit code. */
export async function run(request: Request): Promise<number> {
  const study = studies.find(({ name }) => name === request.flags.benchmark);
  if (study) return runAsStudy(study, request);
  const fromFile = request.config === undefined ? {} : await readSettings(request.config);
  const flags = checkSettings(withoutUndefined(request.flags), request.name);
  const settled = (defaults: Settings) => merged(defaults, fromFile, flags);
  const { defaults = {}, slow } = request;
  let settings = settled(defaults);

  // Mistakes show before anything is started; whether steps can be compiled changes nothing about them.
  const asked = specsOf(settings, settings.eager ? 'eager' : 'graph');
  refuseEmpty(asked);
  if (request.dryRun) return dryRun(asked, settings, request);

  const pool = poolFor(asked.runs.length, settings);
  try {
    const { compiler } = await pool.backend();
    const isSlow = slow !== undefined && compiler === 'eager' && !settings.eager;
    if (isSlow) settings = settled({ ...defaults, ...slow.settings });
    const { benchmark, runs, leftOut } = settings.eager ? asked : specsOf(settings, compiler);
    if (!request.json) process.stdout.write(`${headline({ benchmark, runs, leftOut })}\n${isSlow ? `  ${slow.note}\n` : ''}`);
    const { data, checkpointEvery = null, keep = false } = settings;
    return await carryOut(
      {
        folder: folderOf(settings, runs),
        json: request.json,
        specs: runs,
        benchmarks: [benchmark],
        pool,
        command: request.command,
        data,
        checkpointEvery,
        keep,
      },
      (reports: Reports) => showReports(reports, { ...(request.next !== undefined && { next: request.next }) }),
    );
  } finally {
    pool.close();
  }
}

/** Later settings win. What two say in `set` is kept from both. */
function merged(...all: readonly Settings[]): Settings {
  const set = Object.assign({}, ...all.map((settings) => settings.set ?? {})) as NonNullable<Settings['set']>;
  const whole: Settings = Object.assign({}, ...all);
  // A flag for one of the two takes the other of file or defaults away.
  const last = all.findLast(({ epochs, iterations }) => epochs !== undefined || iterations !== undefined);
  const { epochs: _, iterations: __, ...others } = whole;
  const { epochs, iterations } = last ?? {};
  return { ...others, set, ...(epochs !== undefined && { epochs }), ...(iterations !== undefined && { iterations }) };
}

const withoutUndefined = (record: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const folderOf = ({ out }: Settings, runs: readonly RunSpec[]): string => out ?? join('runs', `${runs[0]!.benchmark}-${setId(runs)}`);

/** A strategy that fits none of the scenarios is a mistake; one that fits some is left out of the others. */
function refuseEmpty({ runs, leftOut }: Specs): void {
  const lost = leftOut.find(({ strategy }) => !runs.some((spec) => spec.strategy === strategy));
  if (!lost) return;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `${titleOf(lost.strategy)} cannot be used in scenario '${lost.scenario}': ${lost.why}. Choose another --scenario.`,
  );
}

/** 'Split-Digits   5 tasks   7 strategies × 3 seeds × 2 scenarios' */
function headline({ benchmark, runs, leftOut }: Specs): string {
  const { bold, dim } = colours(process.stdout);
  const kinds = new Set(runs.map(({ strategy }) => strategy)).size;
  const scenarios = [...new Set(runs.map(({ scenario }) => scenario))];
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const where = scenarios.length === 1 ? scenarioTitle[scenarios[0]!] : plural(scenarios.length, 'scenario');
  const lines = [
    `${bold(benchmark.title)}   ${plural(benchmark.tasks, 'task')}   ${strategies(kinds)} × ${plural(seeds, 'seed')} × ${where}`,
  ];
  for (const { strategy, scenario, why } of leftOut)
    lines.push(dim(`  ${titleOf(strategy)} is left out of ${scenarioTitle[scenario]}: ${why}`));
  return lines.join('\n');
}

function dryRun(specs: Specs, settings: Settings, { json }: Request): number {
  const { benchmark, runs } = specs;
  const { workers, threads } = new Pool({ workers: settings.workers ?? null, threads: settings.threads ?? null });
  const used = Math.min(workers, runs.length);
  const all = runs.reduce((sum, spec) => sum + secondsAhead(spec, benchmark, runs.length === 1 ? threads * workers : threads), 0);
  const seconds = all / used;
  const folder = folderOf(settings, runs);
  if (json) {
    process.stdout.write(`${JSON.stringify({ folder, runs, workers: used, secondsAhead: Math.round(seconds) }, null, 2)}\n`);
    return EXIT.ok;
  }
  const lines = runs.map(
    (spec) =>
      `  ${titleOf(spec.strategy)}, ${scenarioTitle[spec.scenario]}, seed ${spec.seed}: ${stepsAhead(spec, benchmark)} steps of ${spec.batchSize}${optionsOf(spec)}`,
  );
  process.stdout.write(
    `${[headline(specs), ...lines, '', `${plural(runs.length, 'run')}, ${used} at a time, ${roughly(seconds)} with native TensorFlow; into ${folder}. Nothing was run.`].join('\n')}\n`,
  );
  return EXIT.ok;
}

function optionsOf({ options }: RunSpec): string {
  const all = Object.entries(options).flatMap(([strategy, own]) =>
    Object.entries(own).map(([name, value]) => `${strategy}.${name}=${value}`),
  );
  return all.length > 0 ? `  ${all.join(' ')}` : '';
}
