import { specsOf } from '../../config/specs.js';
import { catalog } from '../../strategies/catalog.js';
import type { StrategyName } from '../../strategies/make.js';
import type { Reproduction, Row, Scenario } from '../reproduction.js';
import { PROTOCOL, SETTINGS, splitMnist } from './split-mnist.js';
import { TITLES } from './van-de-ven.js';

const BENCHMARK = 'split-mnist';
const there = new Set<string>(splitMnist.tables.flatMap(({ rows }) => rows.map(({ strategy }) => strategy)));

/** All strategies that the published tables lack, with the options that they have on this benchmark anyway, where they can be used. */
const rowsIn = (scenario: Scenario): readonly Row[] =>
  catalog
    .filter(({ name, family }) => !there.has(name) && (family !== 'baseline' || name === 'cumulative'))
    .filter(({ name }) => specsOf({ benchmark: BENCHMARK, scenarios: [scenario], strategies: [name] }, 'graph').runs.length > 0)
    .map(({ name, title }) => ({ strategy: name as StrategyName, label: title, published: null }));

/** The other methods by the same protocol, so that the tables can be read side by side. */
export const moreSplitMnist: Reproduction = {
  name: 'more-split-mnist',
  description: 'all other methods by the protocol of split-mnist; no published numbers',
  tables: (['task', 'domain', 'class'] as const).map((scenario) => ({
    id: `more-split-mnist-${scenario}`,
    title: `Split-MNIST, methods without published numbers, ${TITLES[scenario]}`,
    benchmark: BENCHMARK,
    scenario,
    protocol: `${PROTOCOL} Options: cl list strategies --json.`,
    source: null,
    settings: SETTINGS,
    rows: rowsIn(scenario),
  })),
};
