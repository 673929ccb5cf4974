import { join } from 'node:path';
import { ContinualLearningError, checkInteger, checkOneOf } from '@cl/core';
import { EXIT } from '../cli/exit-codes.js';
import { describeFailure, UsageError } from '../cli/failure.js';
import { writeFileAtomically, writeJson } from '../results/write-file.js';
import { loadBackend } from '../run/backend.js';
import { renderStudy } from '../study/report.js';
import { studyResult } from '../study/result.js';
import { readStudy } from '../study/result-file.js';
import { runStudy, type StudyEvents, trialsOf } from '../study/run-study.js';
import { settingsWith } from '../study/settings.js';
import { shownStudy } from '../study/show.js';
import { studies } from '../study/studies/index.js';
import type { Study, StudySettings } from '../study/study.js';
import { readTrial, trialFolder } from '../study/trial-files.js';
import { duration, plural } from '../terminal/format.js';
import { colours } from '../terminal/style.js';
import { interruptible } from './signals.js';

export interface StudyCommand {
  readonly name: string | undefined;
  readonly arms: readonly string[] | undefined;
  readonly seeds: readonly number[] | undefined;
  readonly set: readonly string[] | undefined;
  readonly out: string | undefined;
  readonly results: string | undefined;
  readonly data: string | undefined;
  readonly threads: number | undefined;
  readonly json: boolean;
  readonly dryRun: boolean;
}

/** Carries out `cl study`. Returns the exit code. */
export async function study(command: StudyCommand): Promise<number> {
  if (command.name === undefined) return listed(command.json);
  const found = studies[studies.map(({ name }) => name).indexOf(checkOneOf('cl study', 'study', command.name, names()))]!;
  return carryOutStudy(found, command);
}

/** Flags of `cl run` and `cl compare` that say which part of a study. */
interface RunFlags {
  readonly strategy?: string;
  readonly strategies?: readonly string[];
  readonly seeds?: readonly number[];
  readonly out?: string;
  readonly data?: string;
  readonly threads?: number;
}

/** `cl run ner-gum --strategies finetune,joint`: a study whose arms are strategies. Other settings are the study's own. */
export async function runAsStudy(found: Study, { name: who, flags, config, json, dryRun }: RunRequest): Promise<number> {
  const {
    benchmark: _,
    keep: __,
    strategy,
    strategies,
    seeds,
    out,
    data,
    threads,
    ...others
  } = flags as RunFlags & Record<string, unknown>;
  const foreign = Object.keys(others).filter((name) => others[name] !== undefined);
  if (config !== undefined || foreign.length > 0) {
    throw new UsageError(
      `${who} ${found.name}: ${config === undefined ? `'${foreign[0]}'` : '--config'} is not for a study. Its settings are changed by: cl study ${found.name} --set NAME=VALUE`,
    );
  }
  const arms = strategies ?? (strategy === undefined ? undefined : [strategy]);
  return carryOutStudy(found, { arms, seeds, set: undefined, out, results: undefined, data, threads, json, dryRun });
}

interface RunRequest {
  readonly name: string;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly config?: string | undefined;
  readonly json: boolean;
  readonly dryRun: boolean;
}

const names = (): string[] => studies.map(({ name }) => name);

/** Carries out a study, and shows and writes what came out. */
export async function carryOutStudy(found: Study, command: Omit<StudyCommand, 'name'>): Promise<number> {
  const settings = settingsWith(found, command.set);
  const known = found.arms.map(({ name }) => name);
  for (const arm of command.arms ?? []) checkOneOf(`cl study ${found.name}`, 'arms', arm, known);
  const arms = found.arms.filter(({ name }) => command.arms?.includes(name) ?? true);
  // A seed that is named twice is one trial: counted twice, it would make the spread smaller than it is.
  const seeds = [...new Set(command.seeds ?? [1, 2, 3])].map((seed) => checkInteger('cl study', 'seeds', seed, { min: 0 }));
  if (command.threads !== undefined) checkInteger('cl study', 'threads', command.threads, { min: 1 });
  const out = command.out ?? join('runs', `study-${found.name}`);
  const request = { study: found, arms, seeds, settings, out, data: command.data ?? process.env.CL_DATA };
  if (command.dryRun) return planned(found, request, command.json);

  const published = command.results === undefined ? null : join(command.results, `study-${found.name}.json`);
  // Before anything runs: a table that cannot be read is not to be written over.
  if (published !== null) await readStudy(published);
  const backend = await loadBackend(command.threads);
  return interruptible(async (signal) => {
    const { results, failures } = await runStudy(request, backend, signal, command.json ? onlyFailures() : progress());
    if (results.length > 0) {
      // As it stands by now: another command may have added to it meanwhile.
      const earlier = published === null ? null : await readStudy(published);
      const result = studyResult(found, { settings, earlier, command: commandOf(found, { arms: command.arms, seeds, settings }) }, results);
      const page = join(out, 'report.html');
      await writeFileAtomically(page, await renderStudy(result));
      await writeJson(join(out, 'study.json'), result);
      // Tables that are published are of all that was asked for.
      const table = results.length === arms.length * seeds.length ? published : null;
      if (table) await writeJson(table, result);
      process.stdout.write(
        command.json
          ? `${JSON.stringify(result, null, 2)}\n`
          : `\n${shownStudy(result)}\n\nReport  ${page}\n${table ? `Table   ${table}\n` : ''}`,
      );
    }
    if (signal.aborted) {
      process.stderr.write(
        `Interrupted; ${results.length} of ${arms.length * seeds.length} trials are finished, and what was begun is saved. The same command goes on from there.\n`,
      );
      return EXIT.interrupted;
    }
    return failures.length > 0 ? EXIT.failed : EXIT.ok;
  });
}

/** The command that makes the same again, from anywhere. */
function commandOf(
  { name, settings: defaults }: Study,
  {
    arms,
    seeds,
    settings,
  }: { readonly arms: readonly string[] | undefined; readonly seeds: readonly number[]; readonly settings: StudySettings },
): string {
  const changes = Object.keys(settings).filter((key) => settings[key] !== defaults[key]);
  return [
    `pnpm exec cl study ${name} --seeds ${seeds.join()}`,
    ...(arms ? [`--arms ${arms.join()}`] : []),
    ...changes.map((key) => `--set ${key}=${settings[key]}`),
    '--results results',
  ].join(' ');
}

const line = (text: string): void => void process.stderr.write(`${text}\n`);

function progress(): StudyEvents {
  const { bold, dim } = colours(process.stderr);
  return {
    onTrial: ({ arm, seed }, number, count) => line(bold(`${number}/${count}  ${arm}, seed ${seed}`)),
    onLine: (_, text) => line(dim(`  ${text}`)),
    onEnd: (_, { seconds }) => line(dim(`  done in ${duration(seconds)}`)),
    ...onlyFailures(),
  };
}

const onlyFailures = (): StudyEvents => ({
  onFailure: ({ key: { arm, seed }, code, message }) =>
    line(colours(process.stderr).red(`${arm}, seed ${seed}: ${describeFailure(code, message)}`)),
});

async function planned(found: Study, request: Parameters<typeof runStudy>[0], json: boolean): Promise<number> {
  const trials = trialsOf(request);
  const finished = (await Promise.all(trials.map((key) => readTrial(trialFolder(request.out, key))))).filter((result) => result !== null);
  const mean = finished.reduce((sum, { seconds }) => sum + seconds, 0) / finished.length;
  const ahead = trials.length - finished.length;
  const secondsAhead = ahead === 0 ? 0 : finished.length > 0 ? mean * ahead : null;
  if (json) {
    const { out: folder, settings } = request;
    const arms = trials.map(({ arm, seed }) => ({ arm, seed }));
    process.stdout.write(`${JSON.stringify({ folder, settings, trials: arms, finished: finished.length, secondsAhead }, null, 2)}\n`);
    return EXIT.ok;
  }
  const time = secondsAhead ? `; those took ${duration(mean)} each, so about ${duration(secondsAhead)} are ahead` : '';
  process.stdout.write(
    `${found.title}\n${request.arms.map(({ name, label }) => `  ${name.padEnd(22)} ${label}`).join('\n')}\n\n${plural(trials.length, 'trial')}, ${finished.length} finished${time}. Settings: ${Object.entries(
      request.settings,
    )
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}. Nothing was run.\n`,
  );
  return EXIT.ok;
}

function listed(json: boolean): number {
  if (studies.length === 0) throw new ContinualLearningError('CL_OPTION', 'cl study: there are no studies.');
  const shown = studies.map(({ name, title, question, arms, settings }) => ({
    name,
    title,
    question,
    arms: arms.map((arm) => arm.name),
    settings,
  }));
  process.stdout.write(
    json
      ? `${JSON.stringify(shown, null, 2)}\n`
      : `${shown.map(({ name, title, question, arms }) => `${name.padEnd(16)} ${title}: ${question}\n${' '.repeat(17)}${arms.join(', ')}`).join('\n')}\n`,
  );
  return EXIT.ok;
}
