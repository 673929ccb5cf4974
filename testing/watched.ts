import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AnyStrategy, BoundaryContext } from '../packages/core/src/index.js';

/** Numbers in lists in lists. */
export type Nested = number | readonly Nested[];

/** What a strategy held at a boundary, as plain numbers. */
export interface Sight {
  /** The hook that had just run. */
  readonly hook: 'beforeTask' | 'beforeStage' | 'afterTask';
  readonly task: number;
  readonly stage: string | null;
  readonly parameters: Record<string, Nested>;
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what its strategy keeps.
  readonly state: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly summary: any;
}

/** The strategy itself, and a list that grows by what it holds after each hook at a task's boundary. */
export function watched<S extends AnyStrategy>(strategy: S): { readonly strategy: S; readonly sights: Sight[] } {
  const sights: Sight[] = [];
  const see = (hook: Sight['hook'], ctx: BoundaryContext, state: unknown, summary: unknown = null) =>
    sights.push({
      hook,
      task: ctx.task.index,
      stage: ctx.stage,
      parameters: plain(ctx.parameters) as Sight['parameters'],
      state: plain(state),
      summary: plain(summary),
    });
  const seen = (hook: 'beforeTask' | 'beforeStage') => {
    const own = strategy[hook];
    if (!own) return {};
    return {
      [hook]: (ctx: BoundaryContext, state: unknown) => {
        const next = own(ctx, state);
        see(hook, ctx, next);
        return next;
      },
    };
  };
  const after: AnyStrategy['afterTask'] = (ctx, state, summary) => {
    const next = strategy.afterTask ? strategy.afterTask(ctx, state, summary) : state;
    see('afterTask', ctx, next, summary);
    return next;
  };
  return { strategy: { ...strategy, ...seen('beforeTask'), ...seen('beforeStage'), afterTask: after }, sights };
}

/** A tree with its tensors as nested lists; what is neither tensor, record nor list stays as it is. */
export function plain(tree: unknown): unknown {
  if (tree instanceof tf.Tensor) return (tree as Tensor).arraySync();
  if (Array.isArray(tree)) return tree.map(plain);
  if (typeof tree !== 'object' || tree === null || Object.getOwnPropertySymbols(tree).length > 0) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, plain(child)]));
}

/** What `f` returns, which holds no tensor; those that it makes are disposed. */
export function tidied<T>(f: () => T): T {
  let result!: T;
  tf.tidy(() => {
    result = f();
  });
  return result;
}

/** Named tensors as nested lists; the tensors are disposed. */
export function taken(tensors: NamedTensorMap): Record<string, Nested> {
  const numbers = plain(tensors) as Record<string, Nested>;
  tf.dispose(tensors);
  return numbers;
}

/** A tree of numbers with each one replaced. */
export function mapNested<T>(f: (value: number) => number, tree: T): T {
  if (typeof tree === 'number') return f(tree) as T;
  if (Array.isArray(tree)) return tree.map((child: unknown) => mapNested(f, child)) as T;
  return Object.fromEntries(Object.entries(tree as Record<string, unknown>).map(([name, child]) => [name, mapNested(f, child)])) as T;
}

/** How many numbers a tree holds. */
export function countNumbers(tree: unknown): number {
  if (typeof tree === 'number') return 1;
  return typeof tree === 'object' && tree !== null ? Object.values(tree).reduce((sum: number, child) => sum + countNumbers(child), 0) : 0;
}
