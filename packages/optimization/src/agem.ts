import {
  type Batch,
  checkInteger,
  checkKnown,
  checkOneOf,
  defineStrategy,
  dot,
  drawBatch,
  type GraphContext,
  MEMORY_OPTIONS,
  type MemoryOptions,
  memoryFactory,
  memorySize,
  zip,
} from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface AgemOptions extends MemoryOptions {
  /** Rows of earlier tasks that a step's reference gradient is taken on, at least 1; all, where the memory holds no more. Default 256. */
  readonly sample?: number;
  /**
   * What is projected. `updates`: what is added to the parameters, so that the promise holds under every optimizer. `gradients`: as in
   * the paper, which uses plain SGD, where both are the same. Default 'updates'.
   */
  readonly on?: 'updates' | 'gradients';
}

/**
 * Averaged gradient episodic memory: no step may, to first order, raise the mean loss on a sample of earlier tasks.
 *
 *     g̃ = g                            if ⟨g, g_ref⟩ ≥ 0
 *     g̃ = g − ⟨g, g_ref⟩ / ⟨g_ref, g_ref⟩ g_ref   otherwise          (Chaudhry et al., ICLR 2019, arXiv 1812.00420, eq. 11)
 *
 * Keeps a memory of examples; a step costs one more backward pass, on `sample` rows.
 *
 * @throws CL_OPTION unless exactly one of `capacity`, `perClass`, `perTask` and `memory` is given.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'task', strategy: agem({ perClass: 25 }) })
 */
export function agem(options: AgemOptions) {
  checkKnown('agem', options, [...MEMORY_OPTIONS, 'sample', 'on']);
  const { sample = 256, on = 'updates' } = options;
  const newMemory = memoryFactory('agem', options);
  checkInteger('agem', 'sample', sample, { min: 1 });
  checkOneOf('agem', 'on', on, ['updates', 'gradients']);
  /** A step goes along an update and against a gradient. */
  const uphill = on === 'updates' ? 1 : -1;

  /** Only the part of the step that climbs the memory's loss is removed. */
  function project(ctx: GraphContext, step: NamedTensorMap, _state: unknown, sampled: Batch | null): NamedTensorMap {
    if (!sampled) return step;
    const reference = ctx.gradientsOf(sampled);
    const harm = tf.maximum(0, tf.mul(uphill, dot(step, reference)));
    const scale = tf.mul(uphill, tf.divNoNan(harm, dot(reference, reference)));
    return zip((s, r) => tf.sub(s, tf.mul(scale, r)), step, reference);
  }

  return defineStrategy({
    name: 'agem',
    claims: ['direction'],
    requires: ['boundaries'],
    options: { ...memorySize(options), sample, on },
    init: () => ({ memory: newMemory() }),
    feed: (ctx, { memory }): Batch | null =>
      ctx.past.length > 0 ? drawBatch(ctx, memory, Math.min(sample, memory.capacity), (task) => task !== ctx.task.index) : null,
    [on]: project,
    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
}
