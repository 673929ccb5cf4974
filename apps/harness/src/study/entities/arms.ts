import { type AnyStrategy, compose, frozen } from '@cl/core';
import { addNer, extendNer, lwf } from '@cl/distillation';
import { replay } from '@cl/replay';
import type { Arm } from '../study.js';

/** What an arm is told of the stream and of a step. */
export interface About {
  /** Sentences of all steps together. */
  readonly sentences: number;
  readonly batchSize: number;
}

/** How an arm learns types that come one step after another. */
export interface EntityArm extends Arm {
  /** All types at once, annotated in all sentences: what could be had. */
  readonly joint?: boolean;
  readonly strategy: (about: About) => AnyStrategy;
}

const plain = () => compose() as unknown as AnyStrategy;

/** Share of all sentences that the memory holds. */
const KEPT = 0.05;

export const ENTITY_ARMS: readonly EntityArm[] = [
  { name: 'finetune', label: 'fine-tuning', strategy: plain },
  {
    name: 'frozen',
    label: 'frozen encoder',
    note: 'after the first step only the output layer learns',
    strategy: () => frozen() as unknown as AnyStrategy,
  },
  {
    name: 'lwf',
    label: 'LwF',
    note: 'distillation at all words, beside the cross-entropy at all words',
    strategy: () => lwf({ softmax: 'full' }) as unknown as AnyStrategy,
  },
  { name: 'add-ner', label: 'AddNER', strategy: () => addNer() as unknown as AnyStrategy },
  { name: 'extend-ner', label: 'ExtendNER', strategy: () => extendNer() as unknown as AnyStrategy },
  {
    name: 'extend-ner-replay',
    label: 'ExtendNER + 5 % replay',
    note: 'a memory for a twentieth of the sentences, with the labels that they came with; a quarter of a batch is drawn from it',
    strategy: ({ sentences, batchSize }) =>
      compose(
        replay({ capacity: Math.max(1, Math.round(KEPT * sentences)), batchSize: Math.ceil(batchSize / 4), from: 'past' }),
        extendNer(),
      ) as unknown as AnyStrategy,
  },
  { name: 'joint', label: 'joint', note: 'all types at once, annotated in all sentences: the upper bound', joint: true, strategy: plain },
];

export const entityArm = (name: string): EntityArm => ENTITY_ARMS.find((arm) => arm.name === name)!;
