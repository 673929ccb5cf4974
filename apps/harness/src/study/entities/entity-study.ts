import { backwardInterference } from '@cl/core';
import type { EntityBenchmark, Taken } from '../../benchmarks/entities.js';
import { type Measure, numberSetting, type Outcome, type Study, type StudySettings, type Trial, textSetting } from '../study.js';
import { ENTITY_ARMS, entityArm } from './arms.js';
import { ENTITY_EXPECTATIONS } from './expectations.js';
import { learnEntities, type StepResult } from './learn.js';
import { taggerOf } from './tagger.js';

const MEASURES: readonly Measure[] = [
  { name: 'macro', label: 'macro F1, mean over steps', unit: '%', better: 'higher' },
  { name: 'micro', label: 'micro F1, mean over steps', unit: '%', better: 'higher' },
  { name: 'macroEnd', label: 'macro F1, end', unit: '%', better: 'higher' },
  { name: 'microEnd', label: 'micro F1, end', unit: '%', better: 'higher' },
  { name: 'interference', label: 'backward interference', unit: '%', better: 'higher' },
  { name: 'seconds', label: 'training', unit: 's', better: 'lower' },
];

const DEFAULTS: StudySettings = {
  ...{ encoder: 'minilm-l6', length: 48, protocol: 'greedy', order: 0 },
  ...{ sentences: 0, validation: 0, test: 300 },
  ...{ epochs: 10, batch: 8, rate: 1e-4, headRate: 1e-3, patience: 0 },
};

/** What makes one set's study: its stream, and settings that it has otherwise. */
export interface EntityStudy {
  readonly benchmark: EntityBenchmark;
  /** What comes at a step, in words: 'one of eleven types'. */
  readonly coming: string;
  readonly settings?: StudySettings;
}

/** Named entities whose types come step by step, with what forgets them and what does not. */
export const entityStudy = ({ benchmark, coming, settings = {} }: EntityStudy): Study => ({
  name: benchmark.name,
  title: benchmark.title,
  question:
    'Entity types come one step after another, and what is not of the step is not annotated. Who still finds the old ones at the end?',
  protocol:
    `${benchmark.description} Each step brings ${coming}, in sentences of its own (the setting protocol), with all other entities hidden. ` +
    'The encoder is all-MiniLM-L6-v2 by word pieces, a label on the first piece of each word; sentences longer than a row go on in the next. ' +
    'A step is trained for a fixed number of epochs, as by Zheng et al.; with the setting patience, until macro F1 of the types so far on validation sentences has not risen for so many epochs, and keeps its best parameters. ' +
    'F1 is of whole entities (seqeval, strict), on random test sentences with all types so far; the settings sentences and test say how many there are (0: all). ' +
    'Adam with a warm-up in each step and then a constant rate, a larger one for the output layer; no dropout.',
  settings: { ...DEFAULTS, ...settings },
  arms: ENTITY_ARMS.map(({ name, label, note }) => ({ name, label, ...(note && { note }) })),
  measures: MEASURES,
  expectations: ENTITY_EXPECTATIONS,

  async run(trial: Trial): Promise<Outcome> {
    const { settings, seed } = trial;
    const tagger = await taggerOf(benchmark.name, settings);
    const stream = await benchmark.load({
      ...trial.data,
      ...{ encoder: tagger.encoder, seed, order: numberSetting(settings, 'order') },
      protocol: textSetting(settings, 'protocol') as 'greedy',
      take: takenBy(settings),
      joint: entityArm(trial.arm).joint ?? false,
    });
    return outcomeOf(await learnEntities(trial, tagger, stream), stream.steps, entityArm(trial.arm).joint ?? false);
  },
});

/** 0 stands for all there are. */
function takenBy(settings: StudySettings): Taken {
  const [train, validation, test] = ['sentences', 'validation', 'test'].map((name) => numberSetting(settings, name));
  return { ...(train && { train }), ...(validation && { validation }), ...(test && { test }) };
}

/** All measures, from what was found after each step. Joint training has but one. */
export function outcomeOf(results: readonly StepResult[], steps: readonly (readonly string[])[], joint: boolean): Outcome {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const end = results.at(-1)!;
  const interference = backwardInterference(results.map(({ perType }) => perType)).mean;
  const x = results.map(({ name }) => (joint ? 'after all' : `after ${name}`));
  const ofStep = (k: number) => results.map(({ perType }, i) => (i < k ? null : mean(steps[k]!.map((type) => perType[type]!))));
  return {
    measures: {
      macro: joint ? null : mean(results.map(({ macro }) => macro)),
      micro: joint ? null : mean(results.map(({ micro }) => micro)),
      macroEnd: end.macro,
      microEnd: end.micro,
      interference: Number.isNaN(interference) ? null : interference,
      seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    },
    series: {
      'macro F1': { x, y: results.map(({ macro }) => macro) },
      'micro F1': { x, y: results.map(({ micro }) => micro) },
      ...(!joint && Object.fromEntries(results.map(({ name }, k) => [`F1 of ${name}`, { x, y: ofStep(k) }]))),
    },
  };
}
