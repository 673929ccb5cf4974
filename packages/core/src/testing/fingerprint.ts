import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { isStored, type Stored } from '../memory/stored.js';

/** What is inside of something, by path: tensors with their values, memories with their rows, and everything that JSON has. */
export type Fingerprint = ReadonlyMap<string, string>;

/** @param without What does not count. */
export function fingerprint(value: unknown, without: { readonly tensors?: boolean; readonly memories?: boolean } = {}): Fingerprint {
  const found = new Map<string, string>();
  const see = (part: unknown, path: string): void => {
    if (part instanceof tf.Tensor) {
      if (!without.tensors) found.set(path, `${part.dtype} [${part.shape}] ${part.dataSync().join(' ')}`);
    } else if (isStored(part)) {
      if (!without.memories) found.set(path, JSON.stringify(part.save(), plain));
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
export const tensorsIn = (...values: readonly unknown[]): Tensor[] => partsIn(values, (part): part is Tensor => part instanceof tf.Tensor);

/** The memories anywhere inside of values. */
export const memoriesIn = (...values: readonly unknown[]): Stored[] => partsIn(values, isStored);

function partsIn<T>(values: readonly unknown[], wanted: (part: unknown) => part is T): T[] {
  const found: T[] = [];
  const see = (part: unknown): void => {
    if (wanted(part)) found.push(part);
    else if (typeof part !== 'object' || part === null || part instanceof tf.Tensor || isStored(part) || ArrayBuffer.isView(part)) return;
    else for (const child of Object.values(part)) see(child);
  };
  for (const value of values) see(value);
  return found;
}
