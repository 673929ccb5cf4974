import type { Expectation } from '../study.js';

const CODE = 'reading of the code of DAS: what Adam does with a mask on gradients';
const CONTROL = 'a control that the comparison needs: no effect is claimed where this one is not positive';

/** From both sides: what should come out, and what would be an effect of the importance. Losses in nats, scores as shares. */
export const DOMAIN_EXPECTATIONS: readonly Expectation[] = [
  {
    ...{ text: 'The domains are learned: the loss falls.', measure: 'loss', arm: 'naive', over: 'base', low: -3, high: -0.2 },
    source: 'any language model that is trained on',
  },
  {
    ...{ text: 'Fine-tuning forgets earlier domains.', measure: 'forgetting', arm: 'naive', low: 0.02, high: 1.5 },
    source: 'Ke et al., ICLR 2023, table 1: forgetting of the naive learner is above 0',
  },
  {
    ...{ text: 'Fine-tuning loses general knowledge.', measure: 'general', arm: 'naive', over: 'base', low: 0.02, high: 2 },
    source: 'Ke et al., ICLR 2023, section 1',
  },
  {
    ...{ text: 'All domains at once are the upper bound.', measure: 'loss', arm: 'joint', over: 'naive', low: -1.5, high: -0.02 },
    source: 'joint training as the bound in all tables of the field',
  },
  {
    ...{
      text: 'A few rows of earlier domains halve forgetting, or nearly.',
      measure: 'forgetting',
      arm: 'replay',
      over: 'naive',
      low: -1.2,
      high: -0.02,
    },
    source: 'Chaudhry et al., 2019: little memory goes far',
  },
  {
    ...{
      text: 'A mask on gradients hardly matters under Adam.',
      measure: 'forgetting',
      arm: 'mask-gradients',
      over: 'naive',
      low: -0.05,
      high: 0.05,
    },
    source: CODE,
  },
  {
    ...{ text: 'A mask on updates lowers forgetting.', measure: 'forgetting', arm: 'mask-updates', over: 'naive', low: -1, high: -0.005 },
    source: CODE,
  },
  {
    ...{ text: 'A constant mask is about a halved rate.', measure: 'forgetting', arm: 'constant', over: 'half-rate', low: -0.1, high: 0.1 },
    source: 'arithmetic: all but embeddings, norms and head take half of each step',
  },
  {
    ...{ text: 'DAS is worth something on end tasks.', measure: 'endF1', arm: 'das', over: 'naive', low: -0.01, high: 0.03 },
    source: '+1.2 points in Ke et al., ICLR 2023; +0.2 in the re-run of Du et al., 2024 (MIGU), table 3',
  },
  {
    ...{
      text: 'The importance is better than a random mask, on end tasks.',
      measure: 'endF1',
      arm: 'mask-updates',
      over: 'random',
      low: 0,
      high: 0.03,
    },
    source: CONTROL,
  },
  {
    text: 'Importance of the same mean as the random mask is better than that, on all domains.',
    ...{ measure: 'loss', arm: 'mask-signed', over: 'random', low: -0.5, high: 0 },
    source: CONTROL,
  },
  {
    ...{
      text: 'The importance is better than a random mask, on all domains.',
      measure: 'loss',
      arm: 'mask-updates',
      over: 'random',
      low: -0.5,
      high: 0,
    },
    source: CONTROL,
  },
  {
    ...{
      text: 'The importance is better than half the rate, on all domains.',
      measure: 'loss',
      arm: 'mask-updates',
      over: 'half-rate',
      low: -0.5,
      high: 0,
    },
    source: CONTROL,
  },
];
