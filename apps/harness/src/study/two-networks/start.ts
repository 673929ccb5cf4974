import type { Transformer } from '@cl/models';
import { loadDomain } from '../../data/domains.js';
import { numberSetting, type StudySettings, type Trial, textSetting } from '../study.js';
import { type Corpus, type Material, materialOf } from './material.js';
import { network } from './network.js';
import type { Networks, Trained } from './networks.js';
import { mixed, type TokenRows } from './rows.js';

/** What all arms begin with. */
export interface Start {
  readonly material: Material;
  readonly model: Transformer;
  /** B₀, which knows the old facts, and C₀, which answers. */
  readonly base: Trained;
  readonly chat: Trained;
}

/** The settings as numbers, by name. */
export const numbersOf = (settings: StudySettings) => (name: string) => numberSetting(settings, name);

export async function startOf({ settings, seed, data }: Trial, networks: Networks): Promise<Start> {
  const n = numbersOf(settings);
  const corpus = async (name: 'general' | 'domain'): Promise<Corpus> => {
    const { train, validation } = await loadDomain(textSetting(settings, name) as 'wiki', data);
    const some = (documents: typeof train) => documents.slice(0, n('documents')).map(({ text }) => readable(text));
    return { train: some(train), test: some(validation) };
  };
  const material = materialOf({
    general: await corpus('general'),
    domain: await corpus('domain'),
    people: { taught: n('taught'), old: n('old'), new: n('new') },
    ...{ instructions: n('instructions'), vocabulary: n('vocabulary'), sequence: n('sequence'), seed },
  });
  const model = network({
    ...{ vocabulary: material.tokenizer.tokens.length, sequence: n('sequence') },
    ...{ width: n('width'), layers: n('layers'), heads: n('heads') },
  });
  const batchSize = n('batch');
  const base = await networks.get('base', 'shared', {
    ...{ model, from: null, batchSize, learningRate: n('baseRate') },
    rows: oldText(material, n('baseSteps') * batchSize, n('facts'), seed),
  });
  const chat = await networks.get('chat', 'shared', {
    ...{ model, from: base.parameters, batchSize, learningRate: n('chatRate') },
    rows: alignmentRows(material, n('chatSteps') * batchSize, { replay: n('chatReplay'), facts: n('facts') }, seed + 1),
  });
  return { material, model, base, chat };
}

/** What was read at the beginning: general text, and texts about people. */
export const oldText = ({ rows }: Material, count: number, facts: number, seed: number): TokenRows =>
  mixed(
    [
      { rows: rows.general, share: 1 - facts },
      { rows: rows.oldFacts, share: facts },
    ],
    count,
    seed,
  );

/** Instructions, and beside them old text, so that what it tells is not lost while answering is learned. */
export const alignmentRows = (
  { rows }: Material,
  count: number,
  { replay, facts }: { readonly replay: number; readonly facts: number },
  seed: number,
): TokenRows =>
  mixed(
    [
      { rows: rows.instructions, share: 1 - replay },
      { rows: rows.general, share: replay * (1 - facts) },
      { rows: rows.oldFacts, share: replay * facts },
    ].filter(({ share }) => share > 0),
    count,
    seed,
  );

/** WikiText as people write it: without marks of unknown words and without spaces before commas. */
const readable = (text: string): string =>
  text
    .replaceAll(/ ?<unk>/g, '')
    .replaceAll(/ @(.)@ /g, '$1')
    .replaceAll(/ ([,.;:!?)])/g, '$1')
    .replaceAll('( ', '(');
