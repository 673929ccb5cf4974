import * as tf from '@tensorflow/tfjs-core';
import { asConstant } from '../compiler/constant.js';
import { leaves } from '../tree.js';
import type { RowInputs } from './batches.js';

/** Inputs that many steps have in common: made once for each key, marked as constants, and kept until they are forgotten. */
export function commonInputs() {
  const known = new Map<string, RowInputs>();
  return {
    of(key: string, make: () => RowInputs): RowInputs {
      const found = known.get(key);
      if (found) return found;
      const { weight, competing } = make();
      const made = { weight: asConstant(tf.keep(weight)), competing: competing && asConstant(tf.keep(competing)) };
      known.set(key, made);
      return made;
    },
    forget(): void {
      for (const inputs of known.values()) tf.dispose(leaves(inputs));
      known.clear();
    },
  };
}
