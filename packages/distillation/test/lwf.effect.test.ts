import { sgd } from '@cl/core';
import { describe, it, vi } from 'vitest';
import { effectOf, expectWithin } from '../../../testing/digits.js';
import { lwf } from '../src/index.js';

// A second or two each on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

const optimizer = sgd(0.3);
const create = () => lwf();

// Measured over three seeds, accuracy and what is forgotten: fine-tuning 81.8 and 20.6 %, LwF 95.7 and 3.7 %.
describe('split-digits, tasks known', () => {
  const scenario = 'task';

  it('fine-tuning forgets', async () => {
    expectWithin(await effectOf({ scenario, optimizer }), { accuracy: [77, 87], forgetting: [14, 27] });
  });

  it('LwF forgets much less, without any old data', async () => {
    expectWithin(await effectOf({ scenario, optimizer, create }), { accuracy: [92.5, 98.5], forgetting: [0, 7] });
  });
});

// Measured: 18.8 %. Digits of new tasks say too little about old ones (van de Ven & Tolias, 2019: 24 % on split MNIST).
it('split-digits, tasks unknown: LwF is no better than fine-tuning', async () => {
  expectWithin(await effectOf({ scenario: 'class', optimizer, create }), { accuracy: [15, 25], forgetting: [88, 100] });
});
