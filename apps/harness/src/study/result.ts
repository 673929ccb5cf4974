import { z } from 'zod';
import { summaryOf } from '../reproduce/band.js';
import { origin, originOf } from '../results/origin.js';
import type { Arm, Expectation, Measure, Outcome, Study, StudySettings } from './study.js';
import { type TrialResult, trialId } from './trial-files.js';

/** Mean, sample deviation and standard error over seeds. */
export type StudySummary = ReturnType<typeof summaryOf>;

export interface StudyRow extends Arm {
  readonly seeds: number;
  /** By measure; null where the arm has no such number. */
  readonly values: { readonly [measure: string]: StudySummary | null };
  /** Means over seeds, point by point. */
  readonly series: { readonly [name: string]: { readonly x: readonly string[]; readonly y: readonly (number | null)[] } };
}

/** An expectation with what was measured; null while its arms have not been run. */
export interface CheckedExpectation extends Expectation {
  readonly measured: StudySummary | null;
  readonly holds: boolean | null;
}

/** `results/study-NAME.json` */
export interface StudyResult {
  readonly kind: 'study';
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly protocol: string;
  readonly settings: StudySettings;
  /** Settings that are not the study's defaults. */
  readonly changed: readonly string[];
  readonly measures: readonly Measure[];
  readonly command: string;
  readonly commit: string | null;
  readonly date: string;
  readonly machine: string;
  readonly seeds: readonly number[];
  readonly rows: readonly StudyRow[];
  readonly expectations: readonly CheckedExpectation[];
  /** Of each arm's first seed. */
  readonly samples: readonly { readonly arm: string; readonly title: string; readonly text: string }[];
  /** Every trial, those included that stood in the result before. */
  readonly trials: readonly MeasuredTrial[];
}

/** What a study keeps of a trial: enough to make its row again when other seeds or arms join it. */
export const measuredTrial = z.object({
  /** Of study, arm, seed and settings: with other settings it is another. */
  id: z.string(),
  arm: z.string(),
  seed: z.number(),
  seconds: z.number(),
  measures: z.record(z.string(), z.number().nullable()),
  series: z.record(z.string(), z.object({ x: z.array(z.string()).readonly(), y: z.array(z.number().nullable()).readonly() })),
  ...origin.shape,
});
export type MeasuredTrial = z.infer<typeof measuredTrial>;

/** What stood in a result before, as far as it says enough of its trials. */
export type EarlierStudy = Pick<StudyResult, 'trials' | 'samples'>;

interface About {
  readonly settings: StudySettings;
  /** Trials that are not carried out again stay, as long as they had the same settings. */
  readonly earlier?: EarlierStudy | null;
  readonly command: string;
}

/** A study as measured, from one trial at least. Arms without a trial are left out. */
export function studyResult(study: Study, { settings, earlier = null, command }: About, results: readonly TrialResult[]): StudyResult {
  const fresh = new Map(results.map((result) => [result.id, result]));
  const stands = ({ id, arm, seed }: MeasuredTrial) => !fresh.has(id) && id === trialId({ study: study.name, arm, seed, settings });
  const place = ({ arm }: MeasuredTrial) => study.arms.findIndex(({ name }) => name === arm);
  const trials = [...results.map(measuredOf), ...(earlier?.trials ?? []).filter(stands)].sort(
    (a, b) => a.seed - b.seed || place(a) - place(b),
  );
  const of = (arm: string) => trials.filter((trial) => trial.arm === arm);
  const arms = study.arms.filter(({ name }) => of(name).length > 0);
  const seeds = [...new Set(trials.map(({ seed }) => seed))];
  const samplesOf = (arm: string) => {
    const first = fresh.get(of(arm)[0]!.id);
    return first ? (first.samples ?? []).map((sample) => ({ arm, ...sample })) : earlier!.samples.filter((sample) => sample.arm === arm);
  };
  const newest = results.reduce((a, b) => (a.finishedAt > b.finishedAt ? a : b));
  return {
    kind: 'study',
    id: study.name,
    title: study.title,
    question: study.question,
    protocol: study.protocol,
    settings,
    changed: Object.keys(settings).filter((name) => settings[name] !== study.settings[name]),
    measures: study.measures,
    command,
    ...originOf(newest),
    seeds,
    rows: arms.map((arm) => rowOf(arm, study.measures, of(arm.name))),
    expectations: (study.expectations ?? []).map((expectation) => checked(expectation, trials)),
    samples: arms.flatMap(({ name }) => samplesOf(name)),
    trials,
  };
}

function measuredOf(result: TrialResult): MeasuredTrial {
  const { id, key, seconds, measures, series = {} } = result;
  return { id, arm: key.arm, seed: key.seed, seconds, measures, series, ...originOf(result) };
}

function rowOf(arm: Arm, measures: readonly Measure[], trials: readonly MeasuredTrial[]): StudyRow {
  const values = measures.map(({ name }) => [name, summaryOrNull(trials.map((trial) => trial.measures[name]))] as const);
  const names = [...new Set(trials.flatMap(({ series }) => Object.keys(series)))];
  return {
    ...arm,
    seeds: trials.length,
    values: Object.fromEntries(values),
    series: Object.fromEntries(names.map((name) => [name, meanSeries(trials.flatMap(({ series }) => series[name] ?? []))])),
  };
}

type Series = NonNullable<Outcome['series']>[string];

/** Seeds may order their tasks differently: then the points have numbers in place of names. */
function meanSeries(all: readonly Series[]): Series {
  const [first, ...others] = all as readonly [Series, ...Series[]];
  const alike = others.every(({ x }) => `${x}` === `${first.x}`);
  return {
    x: alike ? first.x : first.x.map((_, i) => String(i + 1)),
    y: first.x.map((_, i) => summaryOrNull(all.map(({ y }) => y[i]))?.mean ?? null),
  };
}

function summaryOrNull(values: readonly (number | null | undefined)[]): StudySummary | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length > 0 ? summaryOf(known) : null;
}

function checked(expectation: Expectation, trials: readonly MeasuredTrial[]): CheckedExpectation {
  const { measure, arm, over, low, high } = expectation;
  const found = (name: string, seed: number) => trials.find((trial) => trial.arm === name && trial.seed === seed)?.measures[measure];
  const seeds = [...new Set(trials.map((trial) => trial.seed))];
  const differences = seeds.map((seed) => {
    const [own, other] = [found(arm, seed), over === undefined ? 0 : found(over, seed)];
    return own === null || own === undefined || other === null || other === undefined ? null : own - other;
  });
  const measured = summaryOrNull(differences);
  return { ...expectation, measured, holds: measured && measured.mean >= low && measured.mean <= high };
}
