import type { Dataset } from '../data.js';
import { mapped } from '../data.js';
import { checkOneOf } from '../options.js';
import { checkLabels, labelsOf, range } from './labels.js';
import type { Scenario } from './task.js';

/** The three ways to read tasks that share their classes, such as permutations of one data set. */
export type Reading = Exclude<Scenario, 'free'>;

/** Labels and outputs of tasks that share their classes. */
export interface Readings {
  readonly scenario: Reading;
  readonly outputs: number;
  /** Output columns of a task. */
  classesOf(task: number): readonly number[];
  /** The data set with the labels of a task. */
  relabel(data: Dataset, task: number): Dataset;
}

/**
 * `domain`: all tasks name the same outputs. `task` and `class`: each has its own, label + classes × task (van de Ven et al., 2022).
 *
 * @throws CL_OPTION for an unknown scenario, CL_LABEL for labels out of range.
 */
export function readings(
  factory: string,
  { scenario, classes, tasks }: { scenario: Reading; classes: number | undefined; tasks: number },
  data: { readonly train: Dataset; readonly test: Dataset; readonly validation?: Dataset | undefined },
): Readings {
  checkOneOf(factory, 'scenario', scenario, ['domain', 'task', 'class']);
  const train = labelsOf(`${factory}()`, 'train', data.train);
  const count = classes ?? train.reduce((most, label) => Math.max(most, label), 0) + 1;
  for (const [what, part] of Object.entries(data)) {
    if (what === 'validation' && part === undefined) continue;
    const labels = what === 'train' ? train : labelsOf(`${factory}()`, what, part as Dataset);
    checkLabels(`${factory}()`, what, labels, (label) => label >= 0 && label < count, `in 0 … ${count - 1}`);
  }
  const shift = (task: number) => (scenario === 'domain' ? 0 : count * task);
  return {
    scenario,
    outputs: scenario === 'domain' ? count : count * tasks,
    classesOf: (task) => range(count, shift(task)),
    relabel: (source, task) => (shift(task) === 0 ? source : { ...source, y: mapped(source.y, (label) => label + shift(task)) }),
  };
}
