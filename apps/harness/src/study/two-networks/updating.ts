import { addDifference, difference } from '@cl/architecture';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Trial } from '../study.js';
import type { Training } from './network.js';
import type { Networks, Trained } from './networks.js';
import { mixed, type TokenRows } from './rows.js';
import { alignmentRows, numbersOf, type Start } from './start.js';

/** What a way to go on has at hand when the new text has come. */
export interface Updating {
  readonly start: Start;
  readonly seed: number;
  /** A setting of the study. */
  n(name: string): number;
  /** The new text as rows: a new domain, new facts, and a share of what was there before. */
  newText(): TokenRows;
  /** Instructions with old text beside them, as the chatbot was made: as many batches as a setting says. */
  alignment(steps: string): TokenRows;
  /** Instructions alone. */
  instructions(steps: string): TokenRows;
  train(name: string, where: 'own' | 'shared', training: Pick<Training, 'from' | 'rows'> & Partial<Training>): Promise<Trained>;
  /** B₁: the base after continued pre-training, the same for all arms that build on it. */
  continued(): Promise<Trained>;
  /** Parameters that go with the trial. */
  keep(parameters: NamedTensorMap): NamedTensorMap;
  /** Parameters with ρ Δ added. */
  aligned(parameters: NamedTensorMap, scale: number): NamedTensorMap;
}

export function updating(start: Start, networks: Networks, { settings, seed }: Trial): Updating {
  const n = numbersOf(settings);
  const { base, chat, material, model } = start;
  const { rows } = material;

  const newText = () =>
    mixed(
      [
        { rows: rows.domain, share: 1 - n('newFacts') - n('replay') },
        { rows: rows.newFacts, share: n('newFacts') },
        { rows: rows.general, share: n('replay') * (1 - n('facts')) },
        { rows: rows.oldFacts, share: n('replay') * n('facts') },
      ].filter(({ share }) => share > 0),
      n('steps') * n('batch'),
      seed + 2,
    );
  const train: Updating['train'] = (name, where, training) =>
    networks.get(name, where, { model, batchSize: n('batch'), learningRate: n('rate'), ...training });

  return {
    start,
    seed,
    n,
    newText,
    train,
    alignment: (steps) => alignmentRows(material, n(steps) * n('batch'), { replay: n('chatReplay'), facts: n('facts') }, seed + 3),
    instructions: (steps) => mixed([{ rows: rows.instructions, share: 1 }], n(steps) * n('batch'), seed + 3),
    keep: (parameters) => networks.keep(parameters),
    continued: () => train('continued-base', 'shared', { from: base.parameters, rows: newText() }),
    aligned: (parameters, scale) =>
      networks.keep(tf.tidy(() => addDifference(parameters, difference(chat.parameters, base.parameters), { scale }))),
  };
}
