import {
  type Batch,
  type BoundaryContext,
  ContinualLearningError,
  concatBatches,
  drawBatch,
  featuresOf,
  type HostContext,
  type Memory,
  read,
  readRows,
  reservoir,
} from '@cl/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Herding, herding, unitRows } from './herding.js';

/** An empty set of exemplars: what is added stays, in the order in which it comes. Of each class, the best come first. */
export const noExemplars = (): Memory => reservoir({ capacity: Infinity });

/** Numbers of rows by class, classes in the order in which they first come. */
export function byClass(labels: ArrayLike<number>, without: ReadonlySet<number> = new Set()): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    if (without.has(i)) continue;
    const own = found.get(labels[i]!) ?? [];
    found.set(labels[i]!, own);
    own.push(i);
  }
  return found;
}

/**
 * How many exemplars each class gets when `capacity` of them are shared out.
 *
 * @param least Fewer than that will not do.
 * @throws CL_OPTION where there are fewer.
 */
export function perClass(strategy: string, capacity: number, classes: number, least = 1): number {
  const share = Math.floor(capacity / classes);
  if (share >= least) return share;
  throw new ContinualLearningError(
    'CL_OPTION',
    `${strategy}({ capacity: ${capacity} }): ${classes} classes share the capacity now, ${share} for each. Make it ${least * classes} or more.`,
  );
}

export interface Choice {
  /** Rows of each class. */
  readonly count: number;
  readonly rule: Herding;
  /** Examples of the task that are not to be taken. */
  readonly without?: ReadonlySet<number>;
}

/**
 * The exemplars after a task: of a class that was known, the first of its list; of a new one, those that herding takes by their features in
 * the network as it is. A class that comes again is chosen anew, among its exemplars and its new examples.
 */
export function nextExemplars(ctx: BoundaryContext, memory: Memory, { count, rule, without }: Choice): Memory {
  const known = byClass(memory.size > 0 ? memory.labels() : []);
  const fresh = byClass(read(ctx.examples.y).values, without);
  const rowsFrom = (examples: Parameters<BoundaryContext['readOut']>[0]) => {
    const { values, shape } = ctx.readOut(examples, (batch) => featuresOf(ctx, batch.x));
    return unitRows(values, shape[0] ?? 0);
  };
  const again = [...known.keys()].some((label) => fresh.has(label));
  const [old, now] = [again ? rowsFrom(memory) : [], rowsFrom(ctx.examples)];

  const next = noExemplars();
  for (const label of new Set([...known.keys(), ...fresh.keys()])) {
    const places = known.get(label) ?? [];
    const numbers = fresh.get(label);
    if (!numbers) {
      next.add(inOrder(memory, places.slice(0, count)), ctx.random);
      continue;
    }
    const candidates = [...places.map((place) => old[place]!), ...numbers.map((number) => now[number]!)];
    for (const chosen of herding(candidates, count, rule)) {
      const rows =
        chosen < places.length
          ? inOrder(memory, [places[chosen]!])
          : readRows(ctx.examples, [numbers[chosen - places.length]!], ctx.task.index);
      next.add(rows, ctx.random);
    }
  }
  return next;
}

/** Rows in some places of a memory, in the order of these. */
export function inOrder(memory: Memory, places: readonly number[]) {
  const wanted = new Set(places);
  return memory.all((_task, place) => wanted.has(place))!;
}

/** A draw from exemplars, as many rows as there are at most; null where there are none. For `feed`. */
export const drawExemplars = (ctx: HostContext, memory: Memory, count: number): Batch | null =>
  memory.size > 0 ? drawBatch(ctx, memory, Math.min(count, memory.size)) : null;

/**
 * The stream's rows and a draw from exemplars, which together weigh as if batches were drawn from one data set of both.
 *
 * @param sizes Rows of the task and of all exemplars.
 */
export function asOneDataset(batch: Batch, drawn: Batch | null, sizes: { readonly examples: number; readonly exemplars: number }): Batch {
  if (!drawn) return batch;
  const share = tf.div(tf.mul(sizes.exemplars / sizes.examples, tf.sum(batch.weight)), tf.sum(drawn.weight));
  return concatBatches(batch, { ...drawn, weight: tf.mul(drawn.weight, share) as Tensor1D });
}
