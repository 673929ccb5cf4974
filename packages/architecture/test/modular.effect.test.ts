import { adam, compose } from '@cl/core';
import { describe, expect, it, vi } from 'vitest';
import { effectOf, expectWithin } from '../../../testing/digits.js';
import { replay } from '../../replay/src/index.js';
import { modular } from '../src/index.js';

// A second or two each on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

const [optimizer, seeds] = [adam(0.01), [1, 2]];

// Measured over three seeds, accuracy and what is forgotten, in percent: tasks known, alone 98.7 and 0; tasks to be inferred, soft vote 60.1 and
// 12.4, majority 59.3 and 11.8, on all features 19.2 and 99, with a replay of 100 examples 84 and 16; domains, soft vote 75.4 and 12.5.
describe('split-digits', () => {
  it('where the task is known, a module each forgets nothing at all', async () => {
    const effect = await effectOf({ scenario: 'task', optimizer, seeds, create: () => modular() });
    expectWithin(effect, { accuracy: [97.5, 99.5], forgetting: [0, 0] });
    expect(effect.accuracy).toBe(effect.learning);
  });

  it('where it must be inferred, modules that vote know more than the last one', async () => {
    expectWithin(await effectOf({ scenario: 'class', optimizer, seeds, create: () => modular({ join: 'soft' }) }), {
      accuracy: [52, 68],
      forgetting: [5, 20],
    });
  });

  it('there, a classifier on all features forgets as fine-tuning does, unless it sees old examples', async () => {
    const alone = await effectOf({ scenario: 'class', optimizer, seeds: [1], create: () => modular({ join: 'concatenation' }) });
    expectWithin(alone, { accuracy: [17, 23], forgetting: [95, 100] });
    const both = await effectOf({
      scenario: 'class',
      optimizer,
      seeds: [1],
      create: () => compose(modular({ join: 'concatenation' }), replay({ capacity: 100 })),
    });
    expectWithin(both, { accuracy: [77, 91], forgetting: [8, 24] });
  });

  it('in domains, a vote is an ensemble of those that know one of them', async () => {
    expectWithin(await effectOf({ scenario: 'domain', optimizer, seeds, create: () => modular({ join: 'soft' }) }), {
      accuracy: [68, 83],
      forgetting: [6, 20],
    });
  });
});
