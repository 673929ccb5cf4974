import * as tf from '@tensorflow/tfjs-core';

/** Methods of a tensor that wait for its values. */
const READS = ['data', 'dataSync', 'array', 'arraySync', 'bytes', 'buffer', 'bufferSync'] as const;

/** Makes reads of tensors fail while a hook runs, and lets them pass where the hook has called into the library. */
export interface Guard {
  /** Runs a hook: reads in it throw. `where` begins the message. */
  forbidding<T>(where: string, run: () => T): T;
  /** Runs the library's own work inside of a hook. */
  allowing<T>(run: () => T): T;
  /** Puts the methods back. */
  remove(): void;
}

/** Spies on tensors, not on the back end: kernels written in JavaScript read their inputs themselves. */
export function guardReads(): Guard {
  const prototype = tf.Tensor.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const originals = READS.map((name) => [name, prototype[name]!] as const);
  let hook: string | null = null;
  const within = <T>(next: string | null, run: () => T): T => {
    const before = hook;
    hook = next;
    try {
      return run();
    } finally {
      hook = before;
    }
  };
  for (const [name, original] of originals) {
    prototype[name] = function (this: tf.Tensor, ...args) {
      if (hook !== null) throw new Error(`${hook} reads a tensor (${name}()): a compiled step cannot do that. Compute with tensors.`);
      return original.apply(this, args);
    };
  }
  return {
    forbidding: within,
    allowing: (run) => within(null, run),
    remove: () => {
      for (const [name, original] of originals) prototype[name] = original;
    },
  };
}
