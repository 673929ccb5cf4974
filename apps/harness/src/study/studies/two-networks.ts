import type { Study } from '../study.js';
import { WAYS } from '../two-networks/arms.js';
import { EXPECTATIONS } from '../two-networks/expectations.js';
import { runArm } from '../two-networks/run-arm.js';

/** A chatbot that goes on learning: where new text is to be learned, and how manners are kept. */
export const twoNetworks: Study = {
  name: 'two-networks',
  title: 'A chatbot of two sub-networks',
  question:
    'Can a chatbot go on learning from raw text without forgetting how to answer? Which stage of training should learn it: the base, the chatbot itself, or neither? And does it help to keep knowledge and alignment apart: in weights, in outputs, or in sequence?',
  protocol:
    'A small decoder reads Wikipedia and texts about invented people, and then learns to answer: in a sentence, a word, capitals or a list, to refuse some questions, to read what stands in a question, to make small talk. Then comes a text of another domain, the US Code, with new people in it, and each arm makes of it what it can. Facts are asked in wordings that no training has; old ones are of people that no instruction mentions. Continued pre-training warms the learning rate up anew, and one row in twenty is old text. Tokens and seconds are those spent after the new text has come.',
  settings: {
    ...{ general: 'wiki', domain: 'legal', documents: 1000, taught: 48, old: 20, new: 16, instructions: 12_000 },
    ...{ vocabulary: 1024, sequence: 64, width: 96, layers: 3, heads: 4, batch: 16 },
    ...{ baseSteps: 3000, baseRate: 3e-3, facts: 0.6, chatSteps: 1500, chatRate: 1e-3, chatReplay: 0.25 },
    ...{ steps: 500, rate: 3e-4, newFacts: 0.4, replay: 0.05, importanceSteps: 20, loraSteps: 50, loraRate: 5e-3, rank: 8 },
    ...{ recovery: 50, recoverySteps: 20, recoveryRate: 3e-4, formatProbes: 24, refusalProbes: 48 },
  },
  arms: WAYS.map(({ name, label, note }) => ({ name, label, ...(note && { note }) })),
  measures: [
    { name: 'newFacts', label: 'new facts, asked', unit: '%', better: 'higher' },
    { name: 'oldFacts', label: 'old facts, asked', unit: '%', better: 'higher' },
    { name: 'newText', label: 'new facts, in text', unit: '%', better: 'higher' },
    { name: 'oldText', label: 'old facts, in text', unit: '%', better: 'higher' },
    { name: 'format', label: 'format', unit: '%', better: 'higher' },
    { name: 'instruction', label: 'right in format', unit: '%', better: 'higher' },
    { name: 'refusal', label: 'refusals', unit: '%', better: 'higher' },
    { name: 'talk', label: 'small talk', unit: '%', better: 'higher' },
    { name: 'recovered', label: 'format, after 50 examples', unit: '%', better: 'higher' },
    { name: 'generalLoss', label: 'old text', unit: 'nats', better: 'lower' },
    { name: 'domainLoss', label: 'new text', unit: 'nats', better: 'lower' },
    { name: 'tokens', label: 'learned from', unit: 'tokens', better: 'lower' },
    { name: 'seconds', label: 'training', unit: 's', better: 'lower' },
  ],
  expectations: EXPECTATIONS,
  run: runArm,
};
