import type { DataOptions } from '../data/locate.js';
import type { Backend } from '../run/backend.js';

/** A number that trials give. In '%' they give shares, in [0, 1]. */
export interface Measure {
  readonly name: string;
  readonly label: string;
  readonly unit: '%' | 'nats' | 'tokens' | 's' | '';
  readonly better: 'higher' | 'lower' | null;
}

/** One of the ways that a study compares. */
export interface Arm {
  readonly name: string;
  readonly label: string;
  /** What there is to know of it beside its numbers. */
  readonly note?: string;
}

/** What should come out, from both sides: an arm's measure, or how far it lies above that of another arm (of the same seed). */
export interface Expectation {
  /** As a sentence: 'Fine-tuning loses the old types almost wholly.' */
  readonly text: string;
  readonly measure: string;
  readonly arm: string;
  readonly over?: string;
  /** In the measure's unit as trials give it: shares, not per cent. */
  readonly low: number;
  readonly high: number;
  /** Where it is taken from. */
  readonly source: string;
}

export type SettingValue = number | string | boolean;
export type StudySettings = { readonly [name: string]: SettingValue };

/**
 * An experiment that is more than one stream and one accuracy: arms that are compared by several measures, each with several seeds. Its
 * parts are done once each, so that it can be stopped and gone on with.
 */
export interface Study {
  /** 'domains', 'ner-gum' */
  readonly name: string;
  readonly title: string;
  /** What it asks, and how it is done: sentences for the pages. */
  readonly question: string;
  readonly protocol: string;
  /** Defaults. `--set name=value` gives one another value, of the same type. */
  readonly settings: StudySettings;
  readonly arms: readonly Arm[];
  readonly measures: readonly Measure[];
  readonly expectations?: readonly Expectation[];
  run(trial: Trial): Promise<Outcome>;
}

/** One arm with one seed. */
export interface Trial {
  readonly arm: string;
  readonly seed: number;
  readonly settings: StudySettings;
  /** Where the data are. */
  readonly data: DataOptions;
  readonly backend: Backend;
  /** The trial's own. What it keeps there is there again when the trial is gone on with. */
  readonly folder: string;
  /** Of all arms with this seed and these settings: for what all begin with. */
  readonly shared: string;
  readonly signal: AbortSignal;
  /** A line of progress. */
  say(text: string): void;
  /**
   * Does a part once: what it gave is kept as JSON, and given again when the trial is gone on with. Files that a part wrote are its own
   * affair; it is done when its JSON is there.
   *
   * @param where Whose part it is. Default 'own'.
   */
  stage<T>(name: string, make: () => Promise<T>, where?: 'own' | 'shared'): Promise<T>;
}

/** What a trial found. */
export interface Outcome {
  /** Null: the arm has no such number. */
  readonly measures: { readonly [name: string]: number | null };
  /** Measures as they went: `x` names the points, as in 'after legal'. */
  readonly series?: { readonly [name: string]: { readonly x: readonly string[]; readonly y: readonly (number | null)[] } };
  /** Texts worth reading: what the model wrote. */
  readonly samples?: readonly { readonly title: string; readonly text: string }[];
}

/** Settings as a study knows them, for a `run` that reads them by name. */
export const numberSetting = (settings: StudySettings, name: string): number => settings[name] as number;
export const textSetting = (settings: StudySettings, name: string): string => settings[name] as string;
