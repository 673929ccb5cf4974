import { gather, named, type ParameterSpec } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Part } from './parts.js';

export interface RelativeOptions {
  /** Name of the table, [buckets, heads]. */
  readonly name: string;
  readonly heads: number;
  readonly buckets: number;
  /** Distances from here on share the last bucket. */
  readonly distance: number;
  /** True: what comes later has buckets of its own, half of them. */
  readonly ahead: boolean;
  readonly deviation: number;
}

/**
 * The bucket of a distance, of a token to one that stands `offset` places behind it (before it, where negative): each near one has its own,
 * further ones share them by the logarithm (Raffel et al., "T5", 2020, §2.1). In single precision, as the original decides at borders.
 */
export function bucketOf(offset: number, { buckets, distance, ahead }: Pick<RelativeOptions, 'buckets' | 'distance' | 'ahead'>): number {
  const count = ahead ? Math.floor(buckets / 2) : buckets;
  const first = ahead && offset > 0 ? count : 0;
  const far = ahead ? Math.abs(offset) : Math.max(-offset, 0);
  const near = Math.floor(count / 2);
  if (far < near) return first + far;
  const { fround, log } = Math;
  const share = fround(fround(log(far / near)) / fround(log(distance / near)));
  return first + Math.min(near + Math.trunc(fround(share * (count - near))), count - 1);
}

/** A learned number for each distance and head, added to the logits of attention. */
export function relativeBias(options: RelativeOptions) {
  const { name, heads, buckets, deviation } = options;
  const table: ParameterSpec = { shape: [buckets, heads], role: 'trunk', initializer: { name: 'normal', deviation } };
  return {
    parameters: { [name]: table },
    sites: [],
    /**
     * [batch or 1, heads, sequence, places].
     *
     * @param positions Where each token stands, int32 [batch or 1, sequence].
     * @param places How many places there are to look at.
     */
    apply(parameters: NamedTensorMap, positions: Tensor, places: number): Tensor {
      const offsets = Array.from({ length: 2 * places - 1 }, (_, i) => bucketOf(i - places + 1, options));
      const byOffset = gather(named(parameters, name), tf.tensor1d(offsets, 'int32'));
      const offset = tf.sub(tf.range(0, places, 1, 'int32'), tf.expandDims(positions, 2));
      // Padding may stand behind the last place.
      const row = tf.maximum(tf.add(offset, tf.scalar(places - 1, 'int32')), tf.scalar(0, 'int32'));
      return tf.transpose(gather(byOffset, row), [0, 3, 1, 2]);
    },
  } satisfies Part & { apply: unknown };
}
