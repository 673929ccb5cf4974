import type { Task } from '@cl/core';

/** As which task, from 0, the one at hand was learned. One that was not is asked of what was learned last. */
export function placeOf({ index }: Task, order: readonly number[]): number {
  const place = order.indexOf(index);
  return place < 0 ? Math.max(order.length - 1, 0) : place;
}
