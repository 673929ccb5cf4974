import type { Expectation } from '../study.js';

/** What the literature leads to expect; sizes are for a network a ten-thousandth of those that it speaks of, so bands are wide. */
export const EXPECTATIONS: readonly Expectation[] = [];
