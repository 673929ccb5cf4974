import { own, type Published, published, type Row, type RowStrategy, type Scenario } from '../reproduction.js';

export const NATURE = 'van de Ven et al. 2022, table 2';
export const THREE_SCENARIOS = 'van de Ven & Tolias 2019, arXiv 1904.07734, tables 4 and 5';

export const TITLES = { task: 'task-incremental', domain: 'domain-incremental', class: 'class-incremental' } as const;

/** Accuracy in each scenario; null where nothing is published. */
export type ByScenario<T> = Readonly<Record<'task' | 'domain' | 'class', T>>;

/** A method in three scenarios. */
export interface Method {
  readonly strategy: RowStrategy;
  readonly label: string;
  readonly set?: (scenario: keyof ByScenario<unknown>) => NonNullable<NonNullable<Row['settings']>['set']>;
  readonly settings?: Row['settings'];
  readonly published: ByScenario<Published | null>;
  /** Scenarios that it is for. Default: all three. */
  readonly scenarios?: readonly Scenario[];
}

export const earlier = (accuracy: number, standardError?: number): Published => published(accuracy, standardError, THREE_SCENARIOS);

/** The rows of one scenario. */
export const rowsIn = (scenario: keyof ByScenario<unknown>, methods: readonly Method[]): readonly Row[] =>
  methods
    .filter(({ scenarios }) => scenarios?.includes(scenario) ?? true)
    .map(({ strategy, label, set, settings, published: all }) => ({
      strategy,
      label,
      settings: { ...settings, ...(set && { set: set(scenario) }) },
      published: all[scenario],
    }));

/**
 * Memory of so many rows a class. Where tasks share their outputs, the published runs still keep so many of each class of each task:
 * `classes` times as many a task.
 */
export const memory = (scenario: keyof ByScenario<unknown>, perClass: number, classes: number): Record<string, number> =>
  scenario === 'domain' ? { perTask: classes * perClass } : { perClass };

/** Replay and A-GEM as the published runs have them: the projected gradients go through Adam. */
export const replayOf = (perClass: number, classes: number, batch: number) => (scenario: keyof ByScenario<unknown>) =>
  own('replay', { ...memory(scenario, perClass, classes), from: 'past', weighting: 'tasks', batchSize: batch });
export const agemOf = (perClass: number, classes: number, batch: number) => (scenario: keyof ByScenario<unknown>) =>
  own('agem', { ...memory(scenario, perClass, classes), sample: batch, on: 'gradients' });
