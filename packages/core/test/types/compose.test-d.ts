import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import { type AnyStrategy, compose, defineStrategy, Learner, sgd } from '../../src/index.js';
import type { Check, Flat } from '../../src/strategy/index.js';
import { neutral, tinyMlp } from '../../src/testing/index.js';

const plain = defineStrategy({ name: 'plain', init: () => ({}) });
const other = defineStrategy({ name: 'other', init: () => ({}) });
const gem = defineStrategy({ name: 'gem', claims: ['direction'], init: () => ({}) });
const agem = defineStrategy({ name: 'agem', claims: ['direction'], init: () => ({}) });
const ncl = defineStrategy({ name: 'ncl', claims: ['optimizer'], init: () => ({}) });
const owl = defineStrategy({ name: 'owl', claims: ['optimizer', 'direction'], init: () => ({}) });
const packnet = defineStrategy({ name: 'packnet', claims: ['architecture'], init: () => ({}) });
const hat = defineStrategy({ name: 'hat', claims: ['architecture'], init: () => ({}) });
const icarl = defineStrategy({ name: 'icarl', claims: ['prediction'], init: () => ({}) });
const slda = defineStrategy({ name: 'slda', claims: ['prediction'], init: () => ({}) });

type Plain = typeof plain;
type Gem = typeof gem;
type Agem = typeof agem;

describe('compositions that work', () => {
  it('compile', () => {
    compose();
    compose(plain);
    compose(plain, other);
    compose(plain, gem, ncl, packnet, icarl);
    compose(compose(plain, gem), other);
    compose(compose(), plain, compose(compose(other)));
    compose(plain, neutral(), neutral('another'));
  });

  it('know their parts', () => {
    expectTypeOf(compose(plain, gem).parts).toEqualTypeOf<readonly [Plain, Gem]>();
    expectTypeOf(compose(compose(plain), gem).parts).toEqualTypeOf<readonly [Plain, Gem]>();
    expectTypeOf<Flat<[Plain, ReturnType<typeof compose<[Gem]>>]>>().toEqualTypeOf<readonly [Plain, Gem]>();
  });

  it('are what a learner takes, as is a strategy alone', () => {
    const options = { model: tinyMlp(), optimizer: sgd(0.1), scenario: 'class' } as const;
    new Learner({ ...options, strategy: plain });
    new Learner({ ...options, strategy: compose(plain, gem) });
    new Learner(options);
  });

  it('of strategies that are known at run time only are checked there', () => {
    const some: AnyStrategy = plain;
    compose(some, some);
    compose(some, gem);
  });
});

describe('a name twice', () => {
  it('does not compile', () => {
    // @ts-expect-error 'plain' appears twice
    compose(plain, plain);
    // @ts-expect-error 'plain' appears twice
    compose(plain, other, plain);
    // @ts-expect-error 'plain' appears twice
    compose(plain, compose(other, plain));
    // @ts-expect-error 'plain' appears twice
    compose(compose(plain), compose(plain));
    // @ts-expect-error 'neutral' appears twice
    compose(neutral(), neutral());
  });

  it('has a sentence that says so', () => {
    expectTypeOf<Check<[Plain, Plain]>>().toEqualTypeOf<readonly [Plain, "'plain' appears twice"]>();
  });
});

describe('two owners of a claim', () => {
  it('do not compile', () => {
    // @ts-expect-error 'agem' also claims 'direction'
    compose(gem, agem);
    // @ts-expect-error 'owl' also claims 'optimizer'
    compose(ncl, owl);
    // @ts-expect-error 'hat' also claims 'architecture'
    compose(packnet, hat);
    // @ts-expect-error 'slda' also claims 'prediction'
    compose(icarl, slda);
    // @ts-expect-error 'agem' also claims 'direction'
    compose(gem, plain, other, agem);
    // @ts-expect-error 'agem' also claims 'direction'
    compose(gem, compose(plain, agem));
    // @ts-expect-error 'agem' also claims 'direction'
    compose(compose(plain, gem), compose(other, agem));
  });

  it('of layers and of parameters do not compile beside each other', () => {
    const matrices = defineStrategy({ name: 'matrices', claims: ['layers'], init: () => ({}) });
    const columns = defineStrategy({ name: 'columns', claims: ['parameters'], init: () => ({}) });
    const masks = defineStrategy({ name: 'masks', claims: ['parameters'], init: () => ({}) });
    compose(columns, masks);
    // @ts-expect-error 'columns' claims 'parameters', which cannot stand beside 'layers'
    compose(matrices, columns);
    // @ts-expect-error 'matrices' claims 'layers', which cannot stand beside 'parameters'
    compose(columns, matrices);
    expectTypeOf<Check<[typeof matrices, typeof columns]>>().toEqualTypeOf<
      readonly [typeof matrices, "'columns' claims 'parameters', which cannot stand beside 'layers'"]
    >();
  });

  it('have a sentence that says so, in the place of the second', () => {
    expectTypeOf<Check<[Gem, Agem]>>().toEqualTypeOf<readonly [Gem, "'agem' also claims 'direction'"]>();
    expectTypeOf<Check<[Gem, Plain, Agem]>>().toEqualTypeOf<readonly [Gem, Plain, "'agem' also claims 'direction'"]>();
    expectTypeOf<Check<[typeof ncl, Gem, typeof owl]>>().toEqualTypeOf<
      readonly [typeof ncl, Gem, "'owl' also claims 'optimizer'" | "'owl' also claims 'direction'"]
    >();
    const inner = compose(plain, agem);
    expectTypeOf<Check<[Gem, typeof inner]>>().toEqualTypeOf<readonly [Gem, "'agem' also claims 'direction'"]>();
  });
});

describe('defineStrategy', () => {
  it('infers the types of state, feed and summary', () => {
    const whole = defineStrategy({
      name: 'whole',
      claims: ['direction', 'prediction'],
      init: ({ parameters }) => ({ anchor: parameters as NamedTensorMap | null, count: 0 }),
      feed: (ctx, state) => {
        expectTypeOf(state).toEqualTypeOf<{ anchor: NamedTensorMap | null; count: number }>();
        return { size: ctx.batchSize };
      },
      scan: {
        start: (ctx) => ({ sum: ctx.step }),
        add: (_ctx, summary) => {
          expectTypeOf(summary).toEqualTypeOf<{ sum: Scalar }>();
          return summary;
        },
      },
      loss: (_ctx, _forward, state, feed) => {
        expectTypeOf(state.anchor).toEqualTypeOf<NamedTensorMap | null>();
        expectTypeOf(feed).toEqualTypeOf<{ size: number } | null>();
        return null;
      },
      updates: (_ctx, updates, state, feed) => {
        expectTypeOf(updates).toEqualTypeOf<NamedTensorMap>();
        expectTypeOf(state.count).toEqualTypeOf<number>();
        expectTypeOf(feed!.size).toEqualTypeOf<number>();
        return updates;
      },
      track: (_ctx, result, state) => {
        expectTypeOf(result.taskGradients()).toEqualTypeOf<NamedTensorMap>();
        return state;
      },
      afterTask: (_ctx, state, summary) => {
        expectTypeOf(summary.sum).toEqualTypeOf<Scalar>();
        return state;
      },
    });
    expectTypeOf(whole.name).toEqualTypeOf<'whole'>();
    expectTypeOf(whole.claims).toEqualTypeOf<readonly ['direction', 'prediction'] | undefined>();
  });

  it('makes a wrong hook an error at the hook', () => {
    defineStrategy({
      name: 'wrong',
      init: () => ({ count: 0 }),
      // @ts-expect-error a loss is a scalar or null
      loss: () => 3,
    });
    defineStrategy({
      name: 'wrong',
      init: () => ({ count: 0 }),
      // @ts-expect-error updates is a named map
      updates: () => null,
    });
    defineStrategy({
      name: 'wrong',
      init: () => ({ count: 0 }),
      // @ts-expect-error state is { count: number }
      track: () => ({ count: 'many' }),
    });
    defineStrategy({
      name: 'wrong',
      init: () => ({ count: 0 }),
      // @ts-expect-error there is no such state
      loss: (_ctx, _forward, { importance }) => importance,
    });
    defineStrategy({
      name: 'wrong',
      // @ts-expect-error there is no such claim
      claims: ['everything'],
      init: () => ({}),
    });
    defineStrategy({
      name: 'wrong',
      // @ts-expect-error there is no such requirement
      requires: ['luck'],
      init: () => ({}),
    });
    defineStrategy({
      name: 'wrong',
      init: () => ({}),
      // @ts-expect-error there is no such hook
      lossy: () => null,
    });
    defineStrategy({
      name: 'wrong',
      init: () => ({}),
      scan: {
        start: () => 0,
        // @ts-expect-error the summary is a number
        add: () => 'more',
      },
    });
    // @ts-expect-error a strategy has an init
    defineStrategy({ name: 'wrong' });
  });
});
