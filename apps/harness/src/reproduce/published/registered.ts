import { specsOf } from '../../config/specs.js';
import { catalog } from '../../strategies/catalog.js';
import type { StrategyName } from '../../strategies/make.js';
import type { Row, Scenario } from '../reproduction.js';

/** All strategies that can be used on a benchmark in a scenario, with the options that they have there anyway; but for those named. */
export const registeredIn = (benchmark: string, scenario: Scenario, without: ReadonlySet<string>): readonly Row[] =>
  catalog
    .filter(({ name }) => !without.has(name) && specsOf({ benchmark, scenarios: [scenario], strategies: [name] }, 'graph').runs.length > 0)
    .map(({ name, title }) => ({ strategy: name as StrategyName, label: title, published: null }));
