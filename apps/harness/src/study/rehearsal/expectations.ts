import type { Expectation } from '../study.js';

const CT0 = 'Scialom et al., EMNLP 2022: figures and text';

/** From both sides. Scores as shares. */
export const REHEARSAL_EXPECTATIONS: readonly Expectation[] = [
  {
    ...{ text: 'Without rehearsal, base tasks are lost.', measure: 'base', arm: 'none', over: 'redraw-1', low: -0.9, high: -0.1 },
    source: CT0,
  },
  {
    ...{
      text: 'Without rehearsal, what was never trained on is lost too.',
      measure: 'zeroShot',
      arm: 'none',
      over: 'redraw-1',
      low: -0.7,
      high: -0.03,
    },
    source: CT0,
  },
  {
    ...{
      text: 'A quarter of a per cent keeps most already.',
      measure: 'relative',
      arm: 'redraw-0.25',
      over: 'redraw-1',
      low: -0.3,
      high: 0.05,
    },
    source: CT0,
  },
  {
    ...{
      text: 'At 1 %, tasks are nearly as good at the end as when they were learned.',
      measure: 'relative',
      arm: 'redraw-1',
      low: 0.75,
      high: 1.1,
    },
    source: CT0,
  },
  {
    ...{ text: 'Rehearsal costs a new task nothing.', measure: 'learning', arm: 'redraw-5', over: 'none', low: -0.05, high: 0.05 },
    source: CT0,
  },
  {
    ...{ text: 'The order of tasks does not matter.', measure: 'score', arm: 'reverse', over: 'redraw-1', low: -0.06, high: 0.06 },
    source: CT0,
  },
  {
    ...{ text: 'Nor does it in a third order.', measure: 'score', arm: 'mixed', over: 'redraw-1', low: -0.06, high: 0.06 },
    source: CT0,
  },
];
