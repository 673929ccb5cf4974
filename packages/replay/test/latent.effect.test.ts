import { sgd } from '@cl/core';
import { describe, it, vi } from 'vitest';
import { effectOf, expectWithin } from '../../../testing/digits.js';
import { latent } from '../src/index.js';

// A second or two each on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

// Measured over three seeds, accuracy and what is forgotten: fine-tuning 19.3 %, latent replay 56.6 and 24.3 %, at the inputs 85.2 and 12.2 %.
describe('split-digits, tasks unknown', () => {
  const options = { scenario: 'class', optimizer: sgd(0.3) } as const;

  it('above the first layer, which two digits have taught, it is far above fine-tuning and below replay of inputs', async () => {
    expectWithin(await effectOf({ ...options, create: () => latent({ capacity: 100, site: 'dense0' }) }), {
      accuracy: [47, 66],
      forgetting: [15, 34],
    });
  });

  it('at the inputs it is replay', async () => {
    expectWithin(await effectOf({ ...options, create: () => latent({ capacity: 100, site: 'dense0/input' }) }), {
      accuracy: [79, 91],
      forgetting: [6, 19],
    });
  });
});
