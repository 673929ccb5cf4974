import type { Expectation } from '../study.js';

const MONAIKUL = 'Monaikul et al., AAAI 2021';
const CFNER = 'Zheng et al., EMNLP 2022: fine-tuning 10.9 and ExtendNER 32.8 macro F1 on OntoNotes, 13.8 and 24.1 on I2B2 (FG-1-PG-1)';

/** From both sides; shares of F1. */
export const ENTITY_EXPECTATIONS: readonly Expectation[] = [
  {
    ...{ text: 'Fine-tuning loses the old types almost wholly.', measure: 'macroEnd', arm: 'finetune', low: 0, high: 0.15 },
    source: CFNER,
  },
  {
    ...{ text: 'ExtendNER lies far above fine-tuning.', measure: 'macro', arm: 'extend-ner', over: 'finetune', low: 0.05, high: 0.5 },
    source: CFNER,
  },
  {
    ...{ text: 'AddNER does about as well as ExtendNER.', measure: 'macro', arm: 'add-ner', over: 'extend-ner', low: -0.06, high: 0.06 },
    source: `${MONAIKUL}: ExtendNER is 0.06 (CoNLL) and 0.04 (OntoNotes) points of F1 better`,
  },
  {
    ...{
      text: 'A frozen encoder is no remedy: the output layer forgets.',
      measure: 'macroEnd',
      arm: 'frozen',
      over: 'extend-ner',
      low: -0.6,
      high: -0.02,
    },
    source: `${MONAIKUL}, frozen transfer`,
  },
  {
    ...{
      text: 'Few old sentences beside it do no harm.',
      measure: 'macroEnd',
      arm: 'extend-ner-replay',
      over: 'extend-ner',
      low: -0.03,
      high: 0.25,
    },
    source: 'review of old types as in L&R (Xia et al., Findings of ACL 2022), here with real sentences',
  },
  {
    ...{ text: 'All types at once are the upper bound.', measure: 'macroEnd', arm: 'joint', over: 'extend-ner', low: 0, high: 0.5 },
    source: `${MONAIKUL}, figure 3, all slices annotated`,
  },
];
