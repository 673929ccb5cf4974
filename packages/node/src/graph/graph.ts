import { type Compiler, eager, type Program, type TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { nodeBackend } from './backend.js';
import { registerKernels } from './kernels/register.js';
import { CompilingProgram, type GraphProgram } from './program.js';
import { selfTest } from './self-test.js';
import { SessionCache } from './session-cache.js';

export interface GraphOptions {
  /** Throw `CL_TRACE` where an entry cannot be compiled, instead of a warning and running it as it is. Default false. */
  readonly strict?: boolean;
  /**
   * Compare with an eager run at calls 1, 2, 4, 8 … of each entry, and of a state of more than four million numbers at calls 1, 2, 16,
   * 128 …: that costs one eager step each time, or two. Default true. Without it,
   * only the recordings of the first two calls are compared.
   */
  readonly verify?: boolean;
  /** How many graphs stay loaded in all; the one that was used least recently goes first and is loaded again when needed. Default 16. */
  readonly cacheSize?: number;
  /** Gets the one warning for each entry that runs uncompiled. Default: `process.emitWarning`. */
  readonly warn?: (message: string) => void;
}

/**
 * Compiles entries into TensorFlow graphs: an entry runs once while what it executes is written down, and from then on a whole step
 * is one call into native code, with the state in variables there. Results agree with `eager()` up to rounding. On other back ends it
 * is `eager()`.
 *
 * @example
 * await loadTensorFlow();
 * const learner = new Learner({ model, optimizer: adam(1e-3), strategy: ewc({ lambda: 100 }), compiler: graph() });
 */
export function graph({ strict = false, verify = true, cacheSize = 16, warn = warnProcess }: GraphOptions = {}): Compiler {
  const options = { strict, verify, warn, sessions: new SessionCache(cacheSize) };
  return {
    name: 'graph',
    program(state: TensorTree): Program | GraphProgram {
      if (tf.getBackend() !== 'tensorflow') return eager().program(state);
      registerKernels();
      const problem = selfTest();
      if (problem === null) return new CompilingProgram(nodeBackend()!, state, options);
      warnOnce(warn, `Steps run uncompiled, and so slower: ${problem}.`);
      return eager().program(state);
    },
  };
}

let warned = false;

function warnOnce(warn: (message: string) => void, message: string): void {
  if (!warned) warn(message);
  warned = true;
}

function warnProcess(message: string): void {
  process.emitWarning(message, { type: 'ContinualLearningWarning', code: 'CL_TRACE' });
}
