import type { Settings } from '../config/settings.js';
import type { RunSpec } from '../results/schema.js';
import type { ReferenceName, StrategyName } from '../strategies/make.js';

export type Scenario = RunSpec['scenario'];

/** What a row may be made of. A name that no run can be made of does not compile. */
export type RowStrategy = StrategyName | ReferenceName | `${StrategyName}+${StrategyName}`;

/** A published accuracy in per cent, and its standard error where one is given. */
export interface Published {
  readonly accuracy: number;
  readonly standardError?: number;
  /** Where it stands. Default: the table's source. */
  readonly source?: string;
}

/** A method of a table: how it is set, and what it reached where others measured it. */
export interface Row {
  readonly strategy: RowStrategy;
  readonly label: string;
  /** Rows in its memory, where a table has several sizes. */
  readonly buffer?: number;
  /** Over the settings of the table. */
  readonly settings?: Settings;
  /** Where it differs from the table's. */
  readonly scenario?: Scenario;
  /** Null: nobody published a number for this cell. */
  readonly published: Published | null;
}

/** What a table shows beside accuracy and forgetting: backward and forward transfer; what `measure` says and what is kept; gain over the parts. */
export type ExtraColumn = 'transfer' | 'capacity' | 'gain';

/** One scenario of one benchmark. */
export interface TableToMake {
  /** Name of its file in `results`. */
  readonly id: string;
  readonly title: string;
  readonly benchmark: string;
  readonly scenario: Scenario;
  /** `task`: accuracies of class-incremental runs when only a task's own classes compete. */
  readonly reading?: 'task';
  readonly protocol: string;
  readonly source: string | null;
  readonly settings: Settings;
  readonly columns?: readonly ExtraColumn[];
  readonly rows: readonly Row[];
}

/** Tables that one command makes. */
export interface Reproduction {
  readonly name: string;
  readonly description: string;
  readonly tables: readonly TableToMake[];
}

/** { lambda: 1 } as `--set ewc.lambda=1`. */
export const own = (
  name: StrategyName | 'optimizer',
  options: Readonly<Record<string, string | number | boolean>>,
): NonNullable<Settings['set']> => Object.fromEntries(Object.entries(options).map(([option, value]) => [`${name}.${option}`, value]));

/** As published: an accuracy in per cent, and its standard error. */
export const published = (accuracy: number, standardError?: number, source?: string): Published => ({
  accuracy,
  ...(standardError !== undefined && { standardError }),
  ...(source !== undefined && { source }),
});
