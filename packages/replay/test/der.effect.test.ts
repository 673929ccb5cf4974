import { sgd } from '@cl/core';
import { describe, it, vi } from 'vitest';
import { effectOf, expectWithin } from '../../../testing/digits.js';
import { der, derpp } from '../src/index.js';

vi.setConfig({ testTimeout: 120_000 });

// Measured, six seeds one by one, accuracy and what is forgotten. Fine-tuning: 19 and 100 %; replay: 82 to 87 and 12 to 18 %.
describe('split-digits, tasks unknown', () => {
  const scenario = 'class';

  // 63 to 71 and 33 to 43 %: outputs alone bring old classes back slowly.
  it('DER forgets much less than fine-tuning', async () => {
    const create = () => der({ capacity: 100, alpha: 1 });
    expectWithin(await effectOf({ scenario, optimizer: sgd(0.3), create }), { accuracy: [58, 76], forgetting: [29, 49] });
  });

  // 77 to 85 and 17 to 26 %, with a third of the learning rate: its three terms weigh more than twice as much.
  it('DER++ less still', async () => {
    const create = () => derpp({ capacity: 100, alpha: 0.2, beta: 1 });
    expectWithin(await effectOf({ scenario, optimizer: sgd(0.1), create }), { accuracy: [73, 86], forgetting: [14, 31] });
  });
});
