import { sgd } from '@cl/core';
import { describe, it, vi } from 'vitest';
import { effectOf, expectWithin } from '../../../testing/digits.js';
import { rehearsal } from '../src/index.js';

// A second or two each on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

// Measured over three seeds, accuracy and what is forgotten: fine-tuning 19.3 %; a tenth of each task 72.8 and 28.7 %; a twentieth 62.1 and 41.2 %,
// always the same 56.5 and 51.9 %.
describe('split-digits, tasks unknown', () => {
  const options = { scenario: 'class', optimizer: sgd(0.3) } as const;

  it('sixteen examples of each earlier task keep most of what fine-tuning forgets', async () => {
    expectWithin(await effectOf({ ...options, create: () => rehearsal({ rate: 0.1 }) }), { accuracy: [65, 80], forgetting: [20, 38] });
  });

  it('eight keep less, above all where they are always the same', async () => {
    expectWithin(await effectOf({ ...options, create: () => rehearsal({ rate: 0.05, mode: 'fixed' }) }), {
      accuracy: [48, 65],
      forgetting: [42, 62],
    });
  });
});
