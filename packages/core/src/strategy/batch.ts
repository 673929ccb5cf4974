import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorTree } from '../tree.js';
import type { Batch } from './context.js';

/** The rows of two batches of one structure, those of `a` first. What only one of them stores with its rows is left out. */
export function concatBatches(a: Batch, b: Batch): Batch {
  const both = Object.keys(a.extra).filter((name) => name in b.extra);
  return {
    x: joined(a.x, b.x),
    y: tf.concat([a.y, b.y]),
    weight: tf.concat([a.weight, b.weight]),
    competing: a.competing && b.competing && tf.concat([a.competing, b.competing]),
    extra: Object.fromEntries(both.map((name) => [name, tf.concat([a.extra[name]!, b.extra[name]!])])),
  };
}

function joined(a: TensorTree, b: TensorTree): TensorTree {
  if (a instanceof tf.Tensor) return tf.concat([a, b as Tensor]);
  return Object.fromEntries(
    Object.entries(a as { [name: string]: TensorTree }).map(([name, part]) => [
      name,
      joined(part, (b as { [name: string]: TensorTree })[name]!),
    ]),
  );
}
