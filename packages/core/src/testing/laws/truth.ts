import { expect } from 'vitest';
import { ContinualLearningError } from '../../errors.js';
import { Learner } from '../../learner/index.js';
import type { Model } from '../../model/model.js';
import { show } from '../../options.js';
import type { Scenario } from '../../scenario/task.js';
import type { Composition } from '../../strategy/compose.js';
import type { AnyStrategy } from '../../strategy/conflicts.js';
import type { Claim, Requirement } from '../../strategy/strategy.js';
import { learnAll, learnerOptions, type Subject, streamOf, withLearner } from '../subject.js';
import type { Law } from './law.js';

/** The strategies inside a composition, or the strategy itself. */
export const partsOf = (strategy: AnyStrategy): readonly AnyStrategy[] =>
  'parts' in strategy ? (strategy as Composition).parts : [strategy];

export const claimsAreTrue: Law = {
  name: 'claims what it owns',
  async check({ create }) {
    const owned = { optimize: 'optimizer', wrap: 'architecture', predict: 'prediction' } as const satisfies Record<string, Claim>;
    for (const part of partsOf(create())) {
      for (const [hook, claim] of Object.entries(owned)) {
        if (part[hook as keyof typeof owned])
          expect(part.claims ?? [], `'${part.name}' has ${hook}, so it claims '${claim}'`).toContain(claim);
      }
      const shares = part.stages?.reduce((sum, { share }) => sum + share, 0) ?? 1;
      expect(shares, 'the shares of its stages together').toBeCloseTo(1, 9);
    }
  },
};

const withRole = (model: Model): Model => ({
  ...model,
  parameters: Object.fromEntries(Object.entries(model.parameters).map(([name, spec]) => [name, { ...spec, role: 'trunk' }])),
});
const withoutGrowth = ({ grow: _grow, ...model }: Model): Model => model;

/** A world that lacks one thing. */
const LACKING: Record<Requirement, (model: Model, scenario: Scenario) => { model: Model; scenario: Scenario }> = {
  'task identity': (model) => ({ model, scenario: 'class' }),
  boundaries: (model) => ({ model, scenario: 'free' }),
  sites: (model, scenario) => ({ model: { ...model, sites: [] }, scenario }),
  features: (model, scenario) => ({ model: { ...model, sites: model.sites.filter(({ kind }) => kind !== 'features') }, scenario }),
  growth: (model, scenario) => ({ model: withoutGrowth(model), scenario }),
  classes: (model, scenario) => ({ model: withRole(model), scenario }),
};

export const requirementsAreTrue: Law = {
  name: 'is refused where something that it requires is missing',
  async check(subject) {
    const stream = streamOf(subject);
    for (const requirement of subject.create().requires ?? []) {
      const options = learnerOptions(subject, stream);
      const lacking = LACKING[requirement](options.model, options.scenario);
      expect(
        codeOf(() => new Learner({ ...options, ...lacking })),
        `without ${requirement}`,
      ).toBe('CL_REQUIREMENT');
    }
  },
};

/** @param create Makes the strategy with these options in place of its own. */
export const refusesOptions = (create: (options: object) => AnyStrategy, bad: readonly object[]): Law => ({
  name: 'refuses options that cannot be, and says which and why',
  async check(subject) {
    for (const options of [...bad, { noSuchOption: 1 }]) {
      const [option, value] = Object.entries(options).at(-1)!;
      const error = thrown(() => create(options));
      expect(codeIn(error), `create(${show(options)}), which must pass its options on`).toBe('CL_OPTION');
      const { message } = error as Error;
      expect(message, `the message on ${show(options)}`).toContain(option);
      expect(message, `the message on ${show(options)}`).toContain(show(value));
    }
    const tried = new Set(bad.flatMap((options) => Object.keys(options)));
    const declared = partsOf(subject.create()).flatMap(({ options = {} }) => Object.keys(options));
    expect(
      declared.filter((option) => !tried.has(option)),
      'options for which badOptions has no bad value',
    ).toEqual([]);
  },
});

/** @param create As above. */
export const takesOptions = (create: (options: object) => AnyStrategy, options: object): Law => ({
  name: `learns with ${show(options)}`,
  async check(subject: Subject) {
    const stream = streamOf(subject);
    await withLearner(learnerOptions(subject, stream, { strategy: create(options) }), (learner) =>
      learnAll(learner, stream.tasks, subject.learn),
    );
  },
});

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}

const codeOf = (run: () => Learner): string => codeIn(thrown(() => run().dispose()));

const codeIn = (error: unknown): string => (ContinualLearningError.is(error) ? error.code : error === null ? 'no error' : String(error));
