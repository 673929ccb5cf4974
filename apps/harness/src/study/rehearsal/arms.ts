import { type AnyStrategy, compose, type Dataset } from '@cl/core';
import { lwf } from '@cl/distillation';
import { ewc } from '@cl/regularization';
import { rehearsal } from '@cl/replay';
import { numberSetting, type StudySettings } from '../study.js';

/** One of the ways to learn tasks one after another. */
export interface RehearsalArm {
  readonly name: string;
  readonly label: string;
  readonly note?: string;
  /** In which order. Default: as the benchmark has them. `mixed`: the middle row of their Latin square. `joint`: all at once. */
  readonly order?: 'reverse' | 'mixed' | 'joint';
  /** @param base What was learned before. */
  strategy(settings: StudySettings, base: readonly Dataset[]): AnyStrategy;
}

const rehearsed = (rate: number, mode: 'redraw' | 'fixed' = 'redraw') => {
  return (_settings: StudySettings, base: readonly Dataset[]) => rehearsal({ rate, mode, base }) as unknown as AnyStrategy;
};

export const REHEARSAL_ARMS: readonly RehearsalArm[] = [
  { name: 'none', label: 'no rehearsal', strategy: rehearsed(0) },
  { name: 'redraw-0.25', label: '0.25 %', strategy: rehearsed(0.0025) },
  { name: 'redraw-1', label: '1 %', strategy: rehearsed(0.01) },
  { name: 'redraw-5', label: '5 %', strategy: rehearsed(0.05) },
  { name: 'fixed-1', label: '1 %, always the same', note: 'drawn once and kept', strategy: rehearsed(0.01, 'fixed') },
  { name: 'reverse', label: '1 %, reverse order', order: 'reverse', strategy: rehearsed(0.01) },
  { name: 'mixed', label: '1 %, a third order', order: 'mixed', strategy: rehearsed(0.01) },
  { name: 'joint', label: 'all at once', note: 'and 1 % of each base task', order: 'joint', strategy: rehearsed(0.01) },
  {
    name: 'ewc',
    label: 'EWC and 1 %',
    strategy: (settings, base) =>
      compose(
        ewc({ lambda: numberSetting(settings, 'ewcLambda'), fisher: 'batched' }),
        rehearsal({ rate: 0.01, base }),
      ) as unknown as AnyStrategy,
  },
  {
    name: 'lwf',
    label: 'LwF and 1 %',
    note: 'the teacher is the model before the task, on all rows that the task is trained on',
    strategy: (settings, base) =>
      compose(lwf({ lambda: numberSetting(settings, 'lwfLambda') }), rehearsal({ rate: 0.01, base })) as unknown as AnyStrategy,
  },
];

export const rehearsalArm = (name: string): RehearsalArm => REHEARSAL_ARMS.find((arm) => arm.name === name)!;
