import type { Entry, TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { type NodeBackend, nodeBackend } from './backend.js';
import { registerKernels } from './kernels/register.js';
import { CompilingProgram } from './program.js';
import { scoped } from './scope.js';
import { SessionCache } from './session-cache.js';

const results = new WeakMap<NodeBackend, string | null>();

/**
 * Tries the whole way on a step of three ops, once for each back end: recording relies on private members of tfjs-node. Null if it
 * works, else what does not.
 */
export function selfTest(): string | null {
  const backend = nodeBackend();
  if (!backend) return 'this tfjs-node lacks members that recording relies on; version 4.22.0 has them';
  if (!results.has(backend)) results.set(backend, tryStep(backend));
  return results.get(backend) ?? null;
}

const step: Entry = {
  name: 'self-test',
  apply: (inputs, state) => {
    const product = tf.mul(inputs as tf.Tensor, state as tf.Tensor);
    return { outputs: tf.sum(product), state: tf.add(product, 1) };
  },
};

function tryStep(backend: NodeBackend): string | null {
  try {
    registerKernels();
    const options = { strict: true, verify: true, warn: () => undefined, sessions: new SessionCache(1) };
    const program = new CompilingProgram(backend, tf.tensor1d([1, 2, 3]), options);
    try {
      return scoped(() => {
        // What a program gives is the caller's.
        const numbers = (tensor: TensorTree) => {
          const values = [...(tensor as tf.Tensor).dataSync()];
          (tensor as tf.Tensor).dispose();
          return values;
        };
        const values = [1, 2, 3].flatMap((factor) => numbers(program.run(step, tf.scalar(factor))));
        // [1, 2, 3] → [2, 3, 4] → ·2 = [4, 6, 8], [5, 7, 9] → ·3 = [15, 21, 27]
        const state = numbers(program.read()).join();
        return values.join() === '6,18,63' && state === '16,22,28' ? null : `a step of three ops came out as ${values} and ${state}`;
      });
    } finally {
      program.dispose();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
