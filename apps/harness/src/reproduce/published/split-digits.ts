import type { Reproduction } from '../reproduction.js';
import { registeredIn } from './registered.js';
import { TITLES } from './van-de-ven.js';

const BENCHMARK = 'split-digits';

/** Every strategy on the digits that come along: no published numbers, but some minutes are enough. */
export const splitDigits: Reproduction = {
  name: 'split-digits',
  description: 'every strategy on the hand-written digits that come along, in minutes; no published numbers',
  tables: (['task', 'domain', 'class'] as const).map((scenario) => ({
    id: `split-digits-${scenario}`,
    title: `Split-digits, ${TITLES[scenario]}`,
    benchmark: BENCHMARK,
    scenario,
    protocol:
      '5 tasks of 2 digits of 8 × 8 pixels, network and optimizer as in cl run, the same for every strategy; options: cl list strategies --json.',
    source: null,
    settings: {},
    rows: registeredIn(BENCHMARK, scenario, new Set()),
  })),
};
