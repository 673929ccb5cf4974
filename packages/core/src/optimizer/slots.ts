import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { checkOneOf } from '../options.js';
import type { Slots } from './optimizer.js';

/**
 * Slots for parameters of new shapes, as when a head grows.
 *
 * @param shapes Shape of each parameter from now on. A name without slots is new and gets zeros; one that is missing is dropped.
 * @param policy For parameters that grew: `keep`, old entries keep their values and new ones start at zero; `reset`, all of the
 *   parameter's entries start at zero. Parameters of the same shape keep theirs (the same tensors) in either case.
 * @throws CL_SHAPE if a parameter shrank or has another number of axes.
 * @example growSlots(slots, { 'head/kernel': [100, 20], 'head/bias': [20] }, 'keep')
 */
export function growSlots(slots: Slots, shapes: { readonly [parameter: string]: readonly number[] }, policy: 'keep' | 'reset'): Slots {
  checkOneOf('growSlots', 'policy', policy, ['keep', 'reset']);
  const grow = (name: string, old: Tensor | undefined, shape: readonly number[]): Tensor => {
    if (!old) return tf.zeros([...shape]);
    const added = shape.map((length, axis) => length - (old.shape[axis] ?? 0));
    if (old.rank !== shape.length || added.some((count) => count < 0)) {
      throw new ContinualLearningError(
        'CL_SHAPE',
        `growSlots: '${name}' has slots [${old.shape.join(', ')}], which cannot grow to [${shape.join(', ')}].`,
      );
    }
    if (added.every((count) => count === 0)) return old;
    return policy === 'reset'
      ? tf.zeros([...shape])
      : tf.pad(
          old,
          added.map((count): [number, number] => [0, count]),
        );
  };
  const entries = Object.entries(shapes);
  return Object.fromEntries(
    Object.entries(slots).map(([slot, tensors]) => [
      slot,
      Object.fromEntries(entries.map(([name, shape]) => [name, grow(name, tensors[name], shape)])),
    ]),
  );
}
