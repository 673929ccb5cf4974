import type { Reproduction } from '../reproduction.js';
import { registeredIn } from './registered.js';
import { PROTOCOL, SETTINGS, splitMnist } from './split-mnist.js';
import { TITLES } from './van-de-ven.js';

const BENCHMARK = 'split-mnist';
const there = new Set<string>(splitMnist.tables.flatMap(({ rows }) => rows.map(({ strategy }) => strategy)));

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
    rows: registeredIn(BENCHMARK, scenario, there),
  })),
};
