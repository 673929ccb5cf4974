import type { StoredTensor } from '@cl/core';
import { refused } from './refused.js';

/** The values of a stored tensor as float32, whatever floating-point type it has. */
export function floatsOf({ dtype, bytes }: StoredTensor, name: string): Float32Array {
  const count = (width: number) => bytes.length / width;
  switch (dtype) {
    case 'F32':
      return new Float32Array(copied(bytes), 0, count(4));
    case 'F64':
      return Float32Array.from(new Float64Array(copied(bytes), 0, count(8)));
    case 'BF16': {
      // The upper half of a float32.
      const words = new Uint32Array(count(2));
      new Uint16Array(copied(bytes), 0, count(2)).forEach((half, i) => {
        words[i] = half << 16;
      });
      return new Float32Array(words.buffer);
    }
    case 'F16':
      return Float32Array.from(new Uint16Array(copied(bytes), 0, count(2)), fromHalf);
    default:
      throw refused(`'${name}' is stored as ${dtype}; weights must be F32, F16, BF16 or F64.`);
  }
}

/** A copy: a view may begin anywhere in a file, and keeps all of it in memory. Not by `slice`, which in Node's buffers copies nothing. */
const copied = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** Sign, five bits of exponent, ten of fraction. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >> 10) & 0x1f, half & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
