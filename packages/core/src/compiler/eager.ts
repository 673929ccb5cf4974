import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { leaves, mapTree, type TensorTree } from '../tree.js';
import type { Compiler } from './compiler.js';

/** Runs each entry as it is, on whatever back end is active. The default. */
export function eager(): Compiler {
  return {
    name: 'eager',
    program(initial) {
      let state = initial;
      return {
        run(entry, inputs) {
          let outputs: TensorTree = null;
          const next = transition(state, () => {
            const result = entry.apply(inputs, state);
            // What the caller gets must not die with the state or with the inputs.
            const others = new Set([...leaves(inputs), ...leaves(state), ...leaves(result.state)]);
            outputs = mapTree((tensor) => tf.keep(others.has(tensor) ? tf.clone(tensor) : tensor), result.outputs);
            const fed = new Set(leaves(inputs));
            return result.state === undefined ? state : mapTree((tensor) => (fed.has(tensor) ? tf.clone(tensor) : tensor), result.state);
          });
          state = next;
          return outputs;
        },
        read: () => mapTree((tensor) => tf.keep(tf.clone(tensor)), state),
        dispose: () => tf.dispose(leaves(state)),
      };
    },
  };
}

/**
 * Runs `next` in a tidy, keeps the tensors that it returns and disposes those of `previous` that it dropped. If it throws,
 * `previous` stands.
 */
export function transition<T extends TensorTree>(previous: TensorTree, next: () => T): T {
  let result = null as T;
  tf.tidy(() => {
    result = next();
    for (const tensor of leaves(result)) tf.keep(tensor);
  });
  const kept = new Set<Tensor>(leaves(result));
  for (const tensor of leaves(previous)) if (!kept.has(tensor)) tensor.dispose();
  return result;
}
