import type { Settings } from '../../config/settings.js';
import { own, published, type Row, type RowStrategy } from '../reproduction.js';

export const SOURCE = 'Buzzega et al. 2020, NeurIPS, tables of the paper and of Mammoth, ten seeds';

/** Sizes of the memory that the paper has. */
export const BUFFERS = [200, 500, 5120] as const;

type Set = NonNullable<Settings['set']>;
/** A number for each of them. */
export type ThreeBuffers = readonly [number, number, number];

/** A rehearsal method with its settings for the three buffers, as in Mammoth's `best_args.py`, and what it reached with each. */
export const rehearsal = (
  strategy: RowStrategy,
  label: string,
  about: {
    readonly lr: ThreeBuffers;
    readonly batch?: number;
    readonly set: (buffer: number, place: 0 | 1 | 2) => Set;
    readonly reached: ThreeBuffers;
  },
): readonly Row[] =>
  BUFFERS.map((buffer, i) => {
    const place = i as 0 | 1 | 2;
    return {
      strategy,
      label,
      buffer,
      settings: { lr: about.lr[place], ...(about.batch !== undefined && { batch: about.batch }), set: about.set(buffer, place) },
      published: published(about.reached[place]),
    };
  });

/** A method without a memory. */
export const plain = (strategy: RowStrategy, label: string, lr: number, reached: number, set: Set = {}): Row => ({
  strategy,
  label,
  settings: { lr, set },
  published: published(reached),
});

/** Online EWC of Mammoth, whose penalty has no ½: λ is twice theirs. */
export const onlineEwc = (lambda: number): Set => own('ewc', { lambda: 2 * lambda, mode: 'online', gamma: 1, fisher: 'weighted' });
