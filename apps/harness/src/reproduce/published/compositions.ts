import type { Settings } from '../../config/settings.js';
import { own, type Reproduction, type Row, type RowStrategy } from '../reproduction.js';
import { SETTINGS } from './split-mnist.js';
import { TITLES } from './van-de-ven.js';

const ROWS_KEPT = 100;

/** The parts, each as it is in all of its compositions. What is not said here is as the benchmark has it for the part alone. */
const SET: NonNullable<Settings['set']> = {
  ...own('replay', { capacity: ROWS_KEPT }),
  ...own('derpp', { capacity: ROWS_KEPT }),
  ...own('agem', { capacity: ROWS_KEPT }),
};

/** In the order of composition: who has made a promise about the step comes last. */
const COMPOSITIONS: readonly (readonly [RowStrategy, string])[] = [
  ['finetune', 'fine-tuning'],
  ['joint', 'joint'],
  ['replay', 'replay'],
  ['ewc', 'EWC'],
  ['ewc+replay', 'EWC + replay'],
  ['lwf', 'LwF'],
  ['lwf+replay', 'LwF + replay'],
  ['spg', 'SPG'],
  ['replay+spg', 'replay + SPG'],
  ['si', 'SI'],
  ['derpp', 'DER++'],
  ['derpp+si', 'DER++ + SI'],
  ['agem', 'A-GEM'],
  ['lwf+agem', 'LwF + A-GEM'],
];
/** These must be told the task. */
const WITH_TASK: typeof COMPOSITIONS = [
  ['hat', 'HAT'],
  ['replay+hat', 'replay + HAT'],
];

const rowOf = ([strategy, label]: readonly [RowStrategy, string]): Row => {
  const parts = strategy.split('+');
  const set = Object.fromEntries(Object.entries(SET).filter(([option]) => parts.includes(option.split('.')[0]!)));
  return { strategy, label, settings: { set }, published: null };
};

export const compositions: Reproduction = {
  name: 'compositions',
  description: 'whether two methods do better than the better of them, on Split-MNIST',
  tables: (['task', 'class'] as const).map((scenario) => ({
    id: `compositions-${scenario}`,
    title: `Compositions beside their parts, Split-MNIST, ${TITLES[scenario]}`,
    benchmark: 'split-mnist',
    scenario,
    protocol: `5 tasks of 2 digits, digits shuffled by the seed; 500 steps a task, batches of 128, Adam 1e-3, MLP 784-400-400; ${ROWS_KEPT} rows in each memory; gain: over the better part, the mean over the same seeds.`,
    source: null,
    settings: { ...SETTINGS, iterations: 500 },
    columns: ['gain'] as const,
    rows: [...COMPOSITIONS, ...(scenario === 'task' ? WITH_TASK : [])].map(rowOf),
  })),
};
