import { languageModel, maskedLanguageModel, type Objective } from '@cl/core';
import { type Tokenizer, tokenizerOf, trainByteLevelBpe } from '@cl/models';
import type { LanguageKind } from './settings.js';

const SPECIAL: { readonly [kind in LanguageKind]: readonly string[] } = {
  mlm: ['[PAD]', '[CLS]', '[SEP]', '[MASK]'],
  causal: ['<|endoftext|>'],
};

/** A `tokenizer.json` learned from texts; an encoder's puts each row between [CLS] and [SEP]. */
export function learnedTokenizer(texts: readonly string[], { kind, vocabulary }: { kind: LanguageKind; vocabulary: number }): string {
  const special = SPECIAL[kind];
  const file = JSON.parse(JSON.stringify(trainByteLevelBpe(texts, { vocabulary, special }))) as object;
  return `${JSON.stringify(kind === 'mlm' ? { ...file, post_processor: framedAs('[CLS]', '[SEP]', special) } : file)}\n`;
}

function framedAs(first: string, last: string, special: readonly string[]): object {
  const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const known = (id: string) => [id, { id, ids: [special.indexOf(id)], tokens: [id] }];
  return {
    type: 'TemplateProcessing',
    single: [token(first), { Sequence: { id: 'A', type_id: 0 } }, token(last)],
    pair: [token(first), { Sequence: { id: 'A', type_id: 0 } }, token(last), { Sequence: { id: 'B', type_id: 1 } }, token(last)],
    special_tokens: Object.fromEntries([first, last].map(known)),
  };
}

/** The tokenizer that a `tokenizer.json` describes. */
export const tokenizerFrom = (json: string): Promise<Tokenizer> =>
  tokenizerOf({ 'tokenizer.json': new Blob([json], { type: 'application/json' }) });

/** What a model of a kind is trained on, with the special tokens that its tokenizer has. */
export function languageObjective(kind: LanguageKind, { vocabulary, idOf }: Pick<Tokenizer, 'vocabulary' | 'idOf'>): Objective {
  if (kind === 'causal') return languageModel();
  const special = ['[PAD]', '[CLS]', '[SEP]'].map(idOf).filter((id) => id !== undefined);
  return maskedLanguageModel({ mask: idOf('[MASK]')!, vocabulary, special, compact: true });
}

/** What follows a text where texts stand one after another in a row. */
export const endOfText = (kind: LanguageKind, { idOf }: Pick<Tokenizer, 'idOf'>): readonly number[] =>
  kind === 'causal' ? [idOf('<|endoftext|>')!] : [];
