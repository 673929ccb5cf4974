import type { Expectation } from '../study.js';

/** What the literature leads to expect. The networks that it speaks of are ten thousand times as large, so the bands are wide. */
export const EXPECTATIONS: readonly Expectation[] = [
  {
    text: 'Returning to pre-training after alignment costs manners: a chatbot that reads on answers less often in the format that it is asked for.',
    ...{ measure: 'format', arm: 'chat-continued', over: 'unchanged', low: -1, high: -0.05 },
    source: 'Jindal et al., 2024, arXiv 2410.10739: about 10 points of IFEval; 2501.04961 (FinDAP): MT-Bench from 7.9 to about 1',
  },
  {
    text: 'The base reads on and Δ is added: manners stay nearly as they were, without a step of training.',
    ...{ measure: 'format', arm: 'difference', over: 'unchanged', low: -0.25, high: 0.05 },
    source: 'Huang et al., ACL 2024, arXiv 2310.04799 (chat vector); poor below 1.5 billion weights: Jindal et al., 2024',
  },
  {
    text: 'Added to the base, Δ keeps more manners than the chatbot that reads on itself.',
    ...{ measure: 'format', arm: 'difference', over: 'chat-continued', low: 0, high: 1 },
    source: 'Jindal et al., 2024, arXiv 2410.10739: 4 to 5 points above the original',
  },
  {
    text: 'It answers questions about what is new, which the smaller Δ alone does not: what helps is the text.',
    ...{ measure: 'newFacts', arm: 'difference', over: 'half-alone', low: 0.05, high: 1 },
    source: 'the control that reviewers of Fleshman & Van Durme, 2024 (RE-Adapt) asked for',
  },
  {
    text: 'Proxy-tuning closes most of the gap between a base and a chatbot.',
    ...{ measure: 'format', arm: 'proxy-1', over: 'unchanged', low: -0.25, high: 0.05 },
    source: 'Liu et al., 2024, arXiv 2401.08565: 88 to 91 % of the gap at 13 and 70 billion weights',
  },
  {
    text: 'Reading and aligning in one mixture loses less than reading after aligning.',
    ...{ measure: 'format', arm: 'joint', over: 'chat-continued', low: 0, high: 1 },
    source: '2501.04961 (FinDAP): joint training is better than one after the other',
  },
  {
    text: 'Manners that seem lost come back after a few examples: alignment was lost, not ability.',
    ...{ measure: 'recovered', arm: 'chat-continued', over: 'unchanged', low: -0.15, high: 0.05 },
    source: 'spurious forgetting (ICLR 2025); Kotha et al., 2023, arXiv 2309.10105',
  },
  {
    text: 'Five per cent of old text keep the loss on it within a fifth of a nat.',
    ...{ measure: 'generalLoss', arm: 'difference', over: 'unchanged', low: -0.5, high: 0.2 },
    source: 'Ibrahim et al., 2024, arXiv 2403.08763: Pile 2.23 with 5 % replay, 2.17 for the union, at 405 million weights',
  },
  {
    text: 'What is looked up is answered at least as well as what is learned from raw text.',
    ...{ measure: 'newFacts', arm: 'look-up', over: 'chat-continued', low: 0, high: 1 },
    source:
      'Ovadia et al., 2023, arXiv 2312.05934: retrieval is better than unsupervised fine-tuning, for what is new and for what is known',
  },
  {
    text: 'What is looked up has no cost in manners.',
    ...{ measure: 'format', arm: 'look-up', over: 'unchanged', low: -0.05, high: 0.05 },
    source: 'nothing is trained, and questions about others are asked as they are',
  },
];
