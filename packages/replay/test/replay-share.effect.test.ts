import { sgd } from '@cl/core';
import { describe, it, vi } from 'vitest';
import { effectOf, expectWithin } from '../../../testing/digits.js';
import { replayShare } from '../src/index.js';

// A second or two each on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

// Measured over three seeds, accuracy and what is forgotten: fine-tuning 19.3 %; four rows of sixteen 78.7 and 19.1 %, one 31.8 and 82.8 %.
describe('split-digits, tasks unknown', () => {
  const sharing = (share: number) => ({
    ...({ scenario: 'class', optimizer: sgd(0.3) } as const),
    create: () => replayShare({ share, capacity: Number.POSITIVE_INFINITY }),
  });

  it('a quarter of each batch keeps most of what fine-tuning forgets, at its cost', async () => {
    expectWithin(await effectOf(sharing(0.25)), { accuracy: [72, 85], forgetting: [12, 27] });
  });

  it('a single row of sixteen keeps little', async () => {
    expectWithin(await effectOf(sharing(1 / 16)), { accuracy: [25, 40], forgetting: [74, 92] });
  });
});
