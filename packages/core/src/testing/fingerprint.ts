import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { isStored } from '../memory/stored.js';

/** What is inside of something, by path: tensors with their values, memories with their rows, and everything that JSON has. */
export type Fingerprint = ReadonlyMap<string, string>;

/** @param values Whether tensors and memories count too, and not only JSON. */
export function fingerprint(value: unknown, values = true): Fingerprint {
  const found = new Map<string, string>();
  const see = (part: unknown, path: string): void => {
    if (part instanceof tf.Tensor) {
      if (values) found.set(path, `${part.dtype} [${part.shape}] ${part.dataSync().join(' ')}`);
    } else if (isStored(part)) {
      if (values) found.set(path, JSON.stringify(part.save(), plain));
    } else if (typeof part === 'object' && part !== null) {
      for (const [name, child] of Object.entries(part)) see(child, path === '' ? name : `${path}.${name}`);
    } else if (part !== undefined && typeof part !== 'function') {
      found.set(path, JSON.stringify(part) ?? String(part));
    }
  };
  see(value, '');
  return found;
}

const plain = (_name: string, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value);

/** Paths at which two fingerprints differ. */
export function differences(a: Fingerprint, b: Fingerprint): string[] {
  const paths = new Set([...a.keys(), ...b.keys()]);
  return [...paths].filter((path) => a.get(path) !== b.get(path));
}

/** The tensors anywhere inside of values. */
export function tensorsIn(...values: readonly unknown[]): Tensor[] {
  const found: Tensor[] = [];
  const see = (part: unknown): void => {
    if (part instanceof tf.Tensor) found.push(part);
    else if (typeof part === 'object' && part !== null && !isStored(part) && !ArrayBuffer.isView(part)) Object.values(part).forEach(see);
  };
  values.forEach(see);
  return found;
}
