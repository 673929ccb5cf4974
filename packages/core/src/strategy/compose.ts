import { checkHas } from '../options.js';
import { total } from '../tree.js';
import { type AnyStrategy, type Check, type Flat, refuseConflicts } from './conflicts.js';
import type { Seen } from './context.js';
import type { Claim, Strategy, Tree } from './strategy.js';

/** By the name of each part. */
type ByPart<T> = { readonly [part: string]: T };

/** Several strategies as one. Its state is a record of the parts' states. */
export interface Composition<Parts extends readonly AnyStrategy[] = readonly AnyStrategy[]>
  extends Strategy<string, ByPart<Tree>, ByPart<unknown>, ByPart<unknown>, readonly Claim[]> {
  readonly parts: Parts;
}

/** How a context narrows itself to one part: its own draws, its own stage. */
export const SCOPE = Symbol('scope');
export interface Scoped<Context> {
  [SCOPE](part: AnyStrategy): Context;
}
export const scope = <Context extends object>(ctx: Context, part: AnyStrategy): Context =>
  SCOPE in ctx ? (ctx as Context & Scoped<Context>)[SCOPE](part) : ctx;

/**
 * Joins strategies: loss terms add up; batch, gradients and updates pass through them from left to right; each sees only its own
 * state. `compose()` is plain fine-tuning. What cannot work together is a compile-time error with a sentence in it, and
 * `CL_CONFLICT` at run time.
 *
 * @example compose(ewc({ lambda: 100 }), replay({ capacity: 500 }))
 */
export function compose<const T extends readonly AnyStrategy[]>(...strategies: T & Check<T>): Composition<Flat<T>> {
  const parts = (strategies as readonly AnyStrategy[]).flatMap((strategy) => {
    checkHas('compose', 'strategy', strategy, ['name', 'init'], 'a strategy, as ewc({ lambda: 1 }) makes');
    return 'parts' in strategy ? (strategy as Composition).parts : [strategy];
  });
  refuseConflicts(parts);
  return { ...joined(parts), parts } as unknown as Composition<Flat<T>>;
}

type Whole = Strategy<string, ByPart<Tree>, ByPart<unknown>, ByPart<unknown>, readonly Claim[]>;

function joined(parts: readonly AnyStrategy[]): Whole {
  /** A hook of the whole is there only if some part has it, so that nothing is done for nothing. */
  const some = <K extends keyof Whole>(
    hook: K,
    make: (having: readonly AnyStrategy[]) => NonNullable<Whole[K]>,
  ): Partial<Pick<Whole, K>> => {
    const having = parts.filter((part) => part[hook] !== undefined);
    return (having.length > 0 ? { [hook]: make(having) } : {}) as Partial<Pick<Whole, K>>;
  };
  /** Passes a value through the parts from left to right. */
  const chain = <V>(which: readonly AnyStrategy[], value: V, step: (value: V, part: AnyStrategy) => V): V => which.reduce(step, value);
  /** Lets each part replace its own state. */
  const each = (which: readonly AnyStrategy[], states: ByPart<Tree>, next: (part: AnyStrategy, state: Tree) => Tree): ByPart<Tree> => ({
    ...states,
    ...Object.fromEntries(which.map((part) => [part.name, next(part, states[part.name]!)])),
  });

  return {
    name: parts.map((part) => part.name).join('+') || 'finetune',
    claims: parts.flatMap((part) => part.claims ?? []),
    requires: [...new Set(parts.flatMap((part) => part.requires ?? []))],
    wants: [...new Set(parts.flatMap((part) => part.wants ?? []))],
    options: Object.fromEntries(parts.map((part) => [part.name, part.options ?? {}])),
    init: (info) => Object.fromEntries(parts.map((part) => [part.name, part.init(info) as Tree])),
    ...some('wrap', (having) => (model, tasks) => chain(having, model, (m, part) => part.wrap!(m, tasks))),

    ...some('beforeTask', (having) => (ctx, states) => each(having, states, (part, state) => part.beforeTask!(scope(ctx, part), state))),
    ...some(
      'restart',
      (having) => (ctx, all, states) => chain(having, all, (p, part) => part.restart!(scope(ctx, part), p, states[part.name])),
    ),
    ...some('heldOut', (having) => (states) => [...new Set(having.flatMap((part) => part.heldOut!(states[part.name])))]),
    ...some('joins', (having) => (states) => having.flatMap((part) => part.joins!(states[part.name]))),
    ...some('scan', (having) => ({
      start: (ctx, states) => Object.fromEntries(having.map((part) => [part.name, part.scan!.start(scope(ctx, part), states[part.name])])),
      add: (ctx, sums, batch, states) =>
        Object.fromEntries(having.map((part) => [part.name, part.scan!.add(scope(ctx, part), sums[part.name], batch, states[part.name])])),
    })),
    ...some(
      'afterTask',
      (having) => (ctx, states, sums) =>
        each(having, states, (part, state) => part.afterTask!(scope(ctx, part), state, sums?.[part.name] ?? null)),
    ),

    ...some('feed', (having) => (ctx, states) => {
      const feeds = having
        .map((part) => [part.name, part.feed!(scope(ctx, part), states[part.name])] as const)
        .filter(([, feed]) => feed !== null);
      return feeds.length > 0 ? Object.fromEntries(feeds) : null;
    }),
    ...some('observe', (having) => (ctx, seen, states) => {
      for (const part of having) part.observe!(scope(ctx, part), { ...seen, report: reportOf(seen.report, part) }, states[part.name]);
    }),

    ...some(
      'effective',
      (having) => (ctx, all, states) => chain(having, all, (p, part) => part.effective!(scope(ctx, part), p, states[part.name])),
    ),
    ...some(
      'at',
      (having) => (ctx, site, value, states) => chain(having, value, (v, part) => part.at!(scope(ctx, part), site, v, states[part.name])),
    ),
    ...some('freezes', (having) => (ctx) => having.some((part) => part.freezes!(scope(ctx, part)))),
    ...some('trains', (having) => (ctx, name, states) => having.every((part) => part.trains!(scope(ctx, part), name, states[part.name]))),
    ...some(
      'batch',
      (having) => (ctx, batch, states, feeds) =>
        chain(having, batch, (b, part) => part.batch!(scope(ctx, part), b, states[part.name], feedOf(feeds, part))),
    ),
    ...some('loss', (having) => (ctx, forward, states, feeds) => {
      const terms = having.map((part) => part.loss!(scope(ctx, part), forward, states[part.name], feedOf(feeds, part)));
      const present = terms.filter((term) => term !== null);
      return present.length > 0 ? total(present) : null;
    }),
    ...some(
      'gradients',
      (having) => (ctx, all, states, feeds) =>
        chain(having, all, (g, part) => part.gradients!(scope(ctx, part), g, states[part.name], feedOf(feeds, part))),
    ),
    ...some(
      'optimize',
      ([owner]) =>
        (ctx, gradients, states, feeds) =>
          owner!.optimize!(scope(ctx, owner!), gradients, states[owner!.name], feedOf(feeds, owner!)),
    ),
    ...some(
      'updates',
      (having) => (ctx, all, states, feeds, gradients) =>
        chain(having, all, (u, part) => part.updates!(scope(ctx, part), u, states[part.name], feedOf(feeds, part), gradients)),
    ),
    ...some(
      'track',
      (having) => (ctx, result, states, feeds) =>
        each(having, states, (part, state) => part.track!(scope(ctx, part), result, state, feedOf(feeds, part))),
    ),
    ...some('report', (having) => (ctx, batch, states, feeds) => {
      const entries = having.flatMap((part) =>
        Object.entries(part.report!(scope(ctx, part), batch, states[part.name], feedOf(feeds, part))).map(
          ([name, tensor]) => [`${part.name}.${name}`, tensor] as const,
        ),
      );
      return Object.fromEntries(entries);
    }),
    ...some('measure', (having) => (ctx, states) => {
      const entries = having.flatMap((part) =>
        Object.entries(part.measure!(scope(ctx, part), states[part.name])).map(([name, value]) => [`${part.name}.${name}`, value] as const),
      );
      return Object.fromEntries(entries);
    }),
    ...some(
      'predict',
      ([owner]) =>
        (ctx, x, states) =>
          owner!.predict!(scope(ctx, owner!), x, states[owner!.name]),
    ),
  };
}

/** What a part's own `feed` returned, or null. */
const feedOf = (feeds: ByPart<unknown> | null, part: AnyStrategy): unknown => feeds?.[part.name] ?? null;

/** What a part's own `report` returned. */
function reportOf(report: Seen['report'], { name }: AnyStrategy): Seen['report'] {
  const own = Object.entries(report).filter(([key]) => key.startsWith(`${name}.`));
  return Object.fromEntries(own.map(([key, block]) => [key.slice(name.length + 1), block]));
}
