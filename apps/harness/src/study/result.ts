import { summaryOf } from '../reproduce/band.js';
import type { Arm, Expectation, Measure, Outcome, Study, StudySettings } from './study.js';
import type { TrialResult } from './trial-files.js';

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
  readonly trials: readonly {
    readonly id: string;
    readonly arm: string;
    readonly seed: number;
    readonly seconds: number;
    readonly measures: Outcome['measures'];
  }[];
}

interface About {
  readonly arms: readonly Arm[];
  readonly settings: StudySettings;
  readonly command: string;
}

/** A study as measured. Arms without a trial are left out. */
export function studyResult(study: Study, { arms, settings, command }: About, trials: readonly TrialResult[]): StudyResult {
  const of = (arm: string) => trials.filter(({ key }) => key.arm === arm);
  const newest = trials.reduce((a, b) => (a.finishedAt > b.finishedAt ? a : b));
  const { processor, tensorflow } = newest.environment;
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
    commit: newest.environment.commit,
    date: newest.finishedAt.slice(0, 10),
    machine: `${processor}, TensorFlow ${tensorflow ?? 'none'}`,
    seeds: [...new Set(trials.map(({ key }) => key.seed))].sort((a, b) => a - b),
    rows: arms.filter(({ name }) => of(name).length > 0).map((arm) => rowOf(arm, study.measures, of(arm.name))),
    expectations: (study.expectations ?? []).map((expectation) => checked(expectation, trials)),
    samples: arms.flatMap(({ name }) => (of(name)[0]?.samples ?? []).map((sample) => ({ arm: name, ...sample }))),
    trials: trials.map(({ id, key, seconds, measures }) => ({ id, arm: key.arm, seed: key.seed, seconds, measures })),
  };
}

function rowOf(arm: Arm, measures: readonly Measure[], trials: readonly TrialResult[]): StudyRow {
  const values = measures.map(({ name }) => [name, summaryOrNull(trials.map((trial) => trial.measures[name]))] as const);
  const names = [...new Set(trials.flatMap(({ series = {} }) => Object.keys(series)))];
  return {
    ...arm,
    seeds: trials.length,
    values: Object.fromEntries(values),
    series: Object.fromEntries(names.map((name) => [name, meanSeries(trials.flatMap(({ series = {} }) => series[name] ?? []))])),
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

function checked(expectation: Expectation, trials: readonly TrialResult[]): CheckedExpectation {
  const { measure, arm, over, low, high } = expectation;
  const found = (name: string, seed: number) => trials.find(({ key }) => key.arm === name && key.seed === seed)?.measures[measure];
  const seeds = [...new Set(trials.map(({ key }) => key.seed))];
  const differences = seeds.map((seed) => {
    const [own, other] = [found(arm, seed), over === undefined ? 0 : found(over, seed)];
    return own === null || own === undefined || other === null || other === undefined ? null : own - other;
  });
  const measured = summaryOrNull(differences);
  return { ...expectation, measured, holds: measured && measured.mean >= low && measured.mean <= high };
}
