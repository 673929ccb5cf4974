import { type AnyStrategy, compose } from '@cl/core';
import { das, ewc } from '@cl/regularization';
import { replayShare } from '@cl/replay';
import { type Arm, numberSetting, type StudySettings } from '../study.js';

/** How an arm learns the domains. */
interface DomainArm extends Arm {
  /** Factor of the learning rate. Default 1. */
  readonly rate?: number;
  /** All domains at once, as many steps in all. */
  readonly joint?: boolean;
  /** Left out: the base model as it is, which learns none of them. */
  readonly strategy?: (settings: StudySettings) => AnyStrategy;
}

const masked = (options: Parameters<typeof das>[0]) => () => das({ contrast: 0, ...options }) as unknown as AnyStrategy;
const plain = () => compose();

/** What is compared. A mask is worth something where it does better than one that knows nothing. */
export const DOMAIN_ARMS: readonly DomainArm[] = [
  { name: 'base', label: 'base model', note: 'learns no domain' },
  { name: 'naive', label: 'fine-tuning', strategy: plain },
  { name: 'half-rate', label: 'half the rate', note: 'half the learning rate and nothing else', rate: 0.5, strategy: plain },
  {
    name: 'ewc',
    label: 'EWC',
    note: 'squares of the gradients of batches, as in the code of the DAS paper',
    strategy: (settings) => ewc({ lambda: numberSetting(settings, 'ewcLambda'), fisher: 'batched' }) as unknown as AnyStrategy,
  },
  {
    name: 'replay',
    label: 'replay, 5 %',
    note: 'a twentieth of the rows are of earlier domains, in the place of new ones',
    strategy: () => replayShare({ share: 0.05, capacity: Number.POSITIVE_INFINITY }) as unknown as AnyStrategy,
  },
  { name: 'contrast', label: 'contrast alone', note: 'DAS without its mask', strategy: masked({ on: 'nothing', contrast: 1 }) },
  {
    name: 'mask-gradients',
    label: 'mask on gradients',
    note: 'DAS without its contrastive loss; Adam divides the mask away',
    strategy: masked({ on: 'gradients' }),
  },
  { name: 'mask-updates', label: 'mask on updates', note: 'DAS without its contrastive loss', strategy: masked({ on: 'updates' }) },
  {
    name: 'mask-signed',
    label: 'mask, signed',
    note: "as the mask on updates, by sums with signs as in the authors' code: its mean is that of the random mask",
    strategy: masked({ signed: true }),
  },
  {
    name: 'random',
    label: 'random mask',
    note: 'a control: importance |tanh N(0, 1)|, on updates',
    strategy: masked({ importance: 'random' }),
  },
  {
    name: 'constant',
    label: 'constant mask',
    note: 'a control: importance 0.5 everywhere, on updates',
    strategy: masked({ importance: 0.5 }),
  },
  {
    name: 'das',
    label: 'DAS',
    note: 'mask on updates, contrastive loss, importance for general knowledge',
    strategy: masked({ contrast: 1 }),
  },
  {
    name: 'das-no-general',
    label: 'DAS, no proxy',
    note: 'without importance for general knowledge',
    strategy: masked({ contrast: 1, general: false }),
  },
  { name: 'joint', label: 'joint', note: 'all domains at once', joint: true, strategy: plain },
];

export const domainArm = (name: string): DomainArm => DOMAIN_ARMS.find((arm) => arm.name === name)!;
