import { checkOneOf, hashedWords, type SentenceEncoder } from '@cl/core';
import { encoder, loadPretrained, type Transformer, tokenizerOf, tokens, wordPieces } from '@cl/models';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { neededModel } from '../../models/index.js';
import { numberSetting, type StudySettings, textSetting } from '../study.js';

/** A network for sentences, and how they become its rows. */
export interface Tagger {
  readonly encoder: SentenceEncoder;
  /** With so many tags; what is not among the parameters is drawn by the learner. The parameters are the caller's to dispose. */
  model(outputs: number): Promise<{ readonly model: Transformer; readonly parameters: NamedTensorMap }>;
}

const MINILM = 'minilm-l6';

/** The small network: for tests, and for what can be seen without a pre-trained one. */
const SMALL = { vocabulary: 4096, width: 48, layers: 1, heads: 4, deviation: 0.1 };

/**
 * MiniLM by word pieces, or a small transformer that begins from nothing, by hashed words.
 *
 * @throws CL_OPTION for another one, CL_DATA where MiniLM is not on this machine.
 */
export async function taggerOf(study: string, settings: StudySettings): Promise<Tagger> {
  const length = numberSetting(settings, 'length');
  const kind = checkOneOf(study, 'encoder', textSetting(settings, 'encoder'), [MINILM, 'small']);
  if (kind === 'small') {
    return {
      encoder: hashedWords({ length, long: 'split', buckets: SMALL.vocabulary }),
      model: async (outputs) => ({ model: encoder({ ...SMALL, sequence: length, head: tokens({ outputs }) }), parameters: {} }),
    };
  }
  const folder = neededModel(study, MINILM);
  return {
    encoder: wordPieces({ tokenizer: await tokenizerOf(folder), length, long: 'split' }),
    async model(outputs) {
      const { model, parameters } = await loadPretrained(folder, { head: tokens({ outputs }), sequence: length, dropout: 0 });
      return { model, parameters };
    },
  };
}
