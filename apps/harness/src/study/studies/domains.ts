import { checkInteger, checkList, checkOneOf, latinSquare, type Stream, type TaskData } from '@cl/core';
import { type TextDomain, type Tokenizer, textStream } from '@cl/models';
import { DOMAIN_NAMES, type DomainName } from '../../data/domain-names.js';
import { type DomainDocument, loadDomain } from '../../data/domains.js';
import { END_TASK_NAMES, END_TASK_TITLES, type EndTaskName } from '../../data/end-tasks.js';
import { DOMAIN_ARMS, domainArm } from '../domains/arms.js';
import { minilmBase, smallBase } from '../domains/base.js';
import { fineTuned } from '../domains/end-tasks.js';
import { DOMAIN_EXPECTATIONS } from '../domains/expectations.js';
import { type Learned, learnDomains, type Moment } from '../domains/learn.js';
import type { Scores } from '../domains/scores.js';
import { type Measure, numberSetting, type Outcome, type Study, type StudySettings, type Trial, textSetting } from '../study.js';

const MEASURES: readonly Measure[] = [
  { name: 'loss', label: 'loss, all domains', unit: 'nats', better: 'lower' },
  { name: 'accuracy', label: 'tokens found', unit: '%', better: 'higher' },
  { name: 'forgetting', label: 'forgetting', unit: 'nats', better: 'lower' },
  { name: 'plasticity', label: 'loss when learned', unit: 'nats', better: 'lower' },
  { name: 'general', label: 'general text', unit: 'nats', better: 'lower' },
  { name: 'endF1', label: 'F1, end tasks', unit: '%', better: 'higher' },
  { name: 'endAccuracy', label: 'accuracy, end tasks', unit: '%', better: 'higher' },
  ...END_TASK_NAMES.map((name): Measure => ({ name: `f1-${name}`, label: `F1, ${END_TASK_TITLES[name]}`, unit: '%', better: 'higher' })),
  { name: 'importance', label: 'mean importance', unit: '', better: null },
  { name: 'seconds', label: 'training', unit: 's', better: 'lower' },
];

/** What reads the domains: where it comes from, and settings that it has beside those of all. */
interface Reader {
  readonly name: string;
  readonly title: string;
  /** In words: how it becomes one that finds hidden tokens. */
  readonly beginning: string;
  readonly begin: typeof smallBase;
  readonly settings: StudySettings;
}

/**
 * Continual pre-training of a masked language model, domain by domain, with DAS and with what DAS must beat: Ke et al., ICLR 2023, with the
 * controls that its published code calls for.
 */
const domainStudy = ({ name: study, title, beginning, begin, settings }: Reader): Study => ({
  name: study,
  title,
  question:
    'Does soft-masking by the importance of units (DAS) keep what a language model knows while it reads new domains, and is it the importance that does it, or any mask, or a smaller step?',
  protocol:
    `${beginning} It then reads six domains one after another: the US Code, medical abstracts, film reviews, product reviews, programs, speeches; equally many tokens of each, once, with a new optimizer for each domain. ` +
    'After each domain the loss of hidden tokens is measured on test texts of all of them, and of Wikipedia. At the end a fresh copy of the model is fine-tuned on labelled sets (the setting endTasks) and scored by macro F1 (ChemProt: micro F1); texts that are longer than a row are cut, film reviews at their beginning, others at their end. ' +
    'The medical corpus has the unlabelled texts of PubMedQA, test questions among them. ' +
    'A benefit of the mask is claimed only where it beats the random mask, the constant one and the halved rate, seed by seed.',
  settings: {
    ...{ order: 0, domains: 'legal,biomed,movie,products,code,speeches', endTasks: END_TASK_NAMES.join(',') },
    ...{ length: 96, baseRate: 1e-3, tokens: 150_000, testTokens: 7680, batch: 16, rate: 5e-4, ewcLambda: 5000 },
    ...{ endSteps: 300, endRate: 2e-3, endExamples: 1600 },
    ...settings,
  },
  arms: DOMAIN_ARMS.map(({ name, label, note }) => ({ name, label, ...(note && { note }) })),
  measures: MEASURES,
  expectations: DOMAIN_EXPECTATIONS,

  async run(trial: Trial): Promise<Outcome> {
    const names = namesIn(trial.settings, 'domains', DOMAIN_NAMES);
    const order = orderOf(names, numberSetting(trial.settings, 'order'));
    const texts = await Promise.all(order.map(async (name) => textsOf(name, await loadDomain(name, trial.data))));
    const wiki = textsOf('wiki', await loadDomain('wiki', trial.data));
    const base = await begin(trial, wiki);

    const streamed = (domains: readonly TextDomain[]) => streamOf(domains, base.tokenizer, trial);
    const general = generalTask(streamed([wiki]));
    const learned = await learnDomains(trial, base, { stream: streamed(texts), general });

    const scores = new Map<EndTaskName, Scores>();
    for (const name of namesIn(trial.settings, 'endTasks', END_TASK_NAMES)) {
      scores.set(
        name,
        await trial.stage(`end-${name}`, () => fineTuned(trial, name, { folder: learned.folder, tokenizer: base.tokenizer })),
      );
      trial.say(`${END_TASK_TITLES[name]}: F1 ${(100 * scores.get(name)!.f1).toFixed(1)}`);
    }
    return outcomeOf(trial.arm, order, learned, scores);
  },
});

/** A small network that is trained here, with a tokenizer of its own. */
export const domains = domainStudy({
  name: 'domains',
  title: 'A language model that reads one domain after another',
  beginning:
    'A masked language model is pre-trained on Wikipedia text (the base model, one for each seed), from which its tokenizer is learned too.',
  begin: smallBase,
  settings: { width: 128, layers: 4, vocabulary: 2048, baseSteps: 8000 },
});

/** A pre-trained one, for the same texts. */
export const domainsMinilm = domainStudy({
  name: 'domains-minilm',
  title: 'MiniLM that reads one domain after another',
  beginning:
    'The base model is all-MiniLM-L6-v2, which comes without a head for hidden tokens: one is fitted to its frozen features on Wikipedia text first (one for each seed), and is no pre-trained head.',
  begin: minilmBase,
  settings: { headSteps: 500, rate: 1e-4, endRate: 2e-4 },
});

/** Names in a setting, with commas between them. */
function namesIn<T extends string>(settings: StudySettings, setting: string, known: readonly T[]): readonly T[] {
  const names = textSetting(settings, setting).split(',').filter(Boolean);
  return checkList('domains', setting, names, (name) => checkOneOf('domains', setting, name, known));
}

/** 0: as named. 1 …: those of a Latin square, in which each domain comes once in each place. */
function orderOf(names: readonly DomainName[], order: number): readonly DomainName[] {
  checkInteger('domains', 'order', order, { min: 0, max: names.length });
  return order === 0 ? names : latinSquare(names)[order - 1]!;
}

function textsOf(name: string, { train, test }: { train: readonly DomainDocument[]; test: readonly DomainDocument[] }): TextDomain {
  return { name, train: train.map(({ text }) => text), test: test.map(({ text }) => text) };
}

const streamOf = (domains: readonly TextDomain[], tokenizer: Tokenizer, { settings, seed }: Trial): Stream =>
  textStream({
    ...{ domains, tokenizer, seed, length: numberSetting(settings, 'length') },
    ...{ tokens: numberSetting(settings, 'tokens'), testTokens: numberSetting(settings, 'testTokens') },
  });

/** The general text is tested on alone; its number is none of the domains'. */
const generalTask = ({ tasks }: Stream): TaskData => ({ ...tasks[0]!, index: DOMAIN_NAMES.length });

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const meanLoss = ({ domains }: Moment): number => mean(Object.values(domains).map(({ loss }) => loss))!;

/** All measures, from what was found after each domain and on the end tasks. */
export function outcomeOf(
  arm: string,
  order: readonly string[],
  { before, after, seconds, importance }: Omit<Learned, 'folder'>,
  scores: ReadonlyMap<EndTaskName, Scores>,
): Outcome {
  const moments = [before, ...after];
  const end = moments.at(-1)!;
  // One training for each domain; the base model and joint training have none.
  const inTurn = !domainArm(arm).joint && after.length > 0;
  const whenLearned = inTurn ? order.map((name, i) => after[i]!.domains[name]!.loss) : [];
  const lost = whenLearned.slice(0, -1).map((loss, i) => end.domains[order[i]!]!.loss - loss);
  const each = [...scores.values()];
  const x = ['before', ...(inTurn ? order.map((name) => `after ${name}`) : after.map(() => 'after all'))];
  return {
    measures: {
      loss: meanLoss(end),
      accuracy: mean(Object.values(end.domains).map((domain) => domain.accuracy)),
      forgetting: mean(lost),
      plasticity: mean(whenLearned),
      general: end.general.loss,
      endF1: mean(each.map(({ f1 }) => f1)),
      endAccuracy: mean(each.map((score) => score.accuracy)),
      ...Object.fromEntries(END_TASK_NAMES.map((name) => [`f1-${name}`, scores.get(name)?.f1 ?? null])),
      importance,
      seconds: after.length === 0 ? null : seconds,
    },
    series: {
      loss: { x, y: moments.map(meanLoss) },
      general: { x, y: moments.map((moment) => moment.general.loss) },
      ...Object.fromEntries(order.map((name) => [`loss on ${name}`, { x, y: moments.map(({ domains }) => domains[name]!.loss) }])),
      ...(each.length > 0 && {
        'accuracy on end tasks': { x: [...scores.keys()].map((name) => END_TASK_TITLES[name]), y: each.map((score) => score.accuracy) },
      }),
    },
  };
}
