import * as tf from '@tensorflow/tfjs-core';
import { leaves, mapTree, type TensorTree } from '../tree.js';

/** A tree in which no tensor stands twice, so that each place has a tensor of its own to lose. */
export function distinct<T extends TensorTree>(tree: T): T {
  const seen = new Set();
  return mapTree((tensor) => {
    if (seen.has(tensor)) return tf.clone(tensor);
    seen.add(tensor);
    return tensor;
  }, tree);
}

/** The tensors of `tree` that `keep` does not have are disposed; what is kept is returned. */
export function keepOnly<T extends TensorTree>(keep: T, tree: TensorTree): T {
  const kept = new Set(leaves(keep));
  for (const tensor of leaves(tree)) if (!kept.has(tensor)) tensor.dispose();
  return keep;
}

/** Tensors that a tidy around the caller disposes, like those of any op, in place of tensors that are kept. */
export function released<T extends TensorTree>(kept: T): T {
  const result = mapTree((tensor) => tf.clone(tensor), kept);
  tf.dispose(leaves(kept));
  return result;
}
